"""The GraphQL schema of the embedded server: the part of the API's own that clients of sessions use.

Source: protocol.md §3.4 and §3.8.
"""

from __future__ import annotations

SDL = """
scalar JSONString
scalar DateTime
scalar UUID
scalar BigInt

type ComputeSession {
  id: ID
  session_id: ID
  main_kernel_id: ID
  tag: String
  name: String
  type: String
  main_kernel_role: String
  priority: Int
  image: String
  architecture: String
  registry: String
  cluster_template: String
  cluster_mode: String
  cluster_size: Int
  domain_name: String
  group_name: String
  group_id: UUID
  user_email: String
  full_name: String
  user_id: UUID
  access_key: String
  created_user_email: String
  created_user_id: UUID
  status: String
  status_changed: DateTime
  status_info: String
  status_data: JSONString
  status_history: JSONString
  created_at: DateTime
  terminated_at: DateTime
  starts_at: DateTime
  scheduled_at: DateTime
  startup_command: String
  result: String
  commit_status: String
  abusing_reports: [JSONString]
  idle_checks: JSONString
  agent_ids: [String]
  agents: [String]
  resource_opts: JSONString
  scaling_group: String
  service_ports: JSONString
  mounts: [String]
  vfolder_mounts: [String]
  occupying_slots: JSONString
  occupied_slots: JSONString
  requested_slots: JSONString
  num_queries: BigInt
  containers: [ComputeContainer]
  dependencies: [ComputeSession]
  inference_metrics: JSONString
}

type ComputeContainer {
  id: ID
  idx: Int
  role: String
  hostname: String
  kernel_id: UUID
  cluster_idx: Int
  local_rank: Int
  cluster_role: String
  cluster_hostname: String
  session_id: UUID
  image: String
  architecture: String
  registry: String
  status: String
  status_changed: DateTime
  status_info: String
  status_data: JSONString
  created_at: DateTime
  terminated_at: DateTime
  starts_at: DateTime
  scheduled_at: DateTime
  abusing_report: JSONString
  agent: String
  agent_addr: String
  container_id: String
  resource_opts: JSONString
  occupied_slots: JSONString
  live_stat: JSONString
  last_stat: JSONString
  preopen_ports: [Int]
}

type ComputeSessionList {
  items: [ComputeSession]!
  total_count: Int!
}

type KVPair { key: String value: String }
type ResourceLimit { key: String min: String max: String }

type Image {
  id: UUID
  name: String
  namespace: String
  base_image_name: String
  project: String
  tag: String
  registry: String
  architecture: String
  digest: String
  is_local: Boolean
  status: String
  humanized_name: String
  size_bytes: BigInt
  aliases: [String]
  installed: Boolean
  supported_accelerators: [String]
  labels: [KVPair]
  resource_limits: [ResourceLimit]
}

enum ImageStatus { ALIVE DELETED }

type UserGroup { id: UUID name: String }

type User {
  id: ID
  uuid: UUID
  email: String
  username: String
  full_name: String
  role: String
  status: String
  is_active: Boolean
  domain_name: String
  groups: [UserGroup]
}

type KeyPair {
  id: ID
  user_id: String
  access_key: String
  is_active: Boolean
  is_admin: Boolean
  resource_policy: String
  rate_limit: Int
  concurrency_used: Int
  num_queries: Int
  created_at: DateTime
  last_used: DateTime
}

type Group {
  id: UUID
  name: String
  description: String
  is_active: Boolean
  domain_name: String
}

type Domain { name: String is_active: Boolean scaling_groups: [String] }
type ScalingGroup { name: String description: String is_active: Boolean }

type KeyPairResourcePolicy {
  name: String
  default_for_unspecified: String
  total_resource_slots: JSONString
  max_concurrent_sessions: Int
  max_containers_per_session: Int
  max_session_lifetime: Int
  idle_timeout: BigInt
  max_pending_session_count: Int
  allowed_vfolder_hosts: JSONString
}

type Query {
  compute_session_list(
    limit: Int!, offset: Int!, filter: String, order: String,
    domain_name: String, group_id: UUID, access_key: String, status: String
  ): ComputeSessionList
  compute_session(id: UUID!, domain_name: String, access_key: String): ComputeSession
  images(
    is_installed: Boolean, is_operation: Boolean = false,
    load_filters: [String], filter_by_statuses: [ImageStatus]
  ): [Image]
  image(id: String, reference: String, architecture: String): Image
  user(domain_name: String, email: String): User
  keypair(domain_name: String, access_key: String): KeyPair
  keypairs(domain_name: String, email: String, is_active: Boolean): [KeyPair]
  keypair_resource_policy(name: String): KeyPairResourcePolicy
  group(id: UUID!, domain_name: String): Group
  groups(domain_name: String, is_active: Boolean, type: [String]): [Group]
  domain(name: String): Domain
  scaling_groups(name: String, is_active: Boolean): [ScalingGroup]
}
"""
