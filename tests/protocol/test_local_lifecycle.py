"""Create, attach, look at, rename and destroy sessions of the embedded server."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.protocol.rawclient import RawClient, eventually


def fresh_name() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


async def status_of(api: RawClient, session_id: str) -> str:
    [item] = await api.list("id status", filter=f'id == "{session_id}"')
    return str(item["status"])


async def wait_status(api: RawClient, session_id: str, *statuses: str) -> None:
    async def is_so() -> bool:
        return await status_of(api, session_id) in statuses

    await eventually(is_so)


def exists(path: Path) -> bool:
    return os.path.lexists(path)


def alive(pids: list[str]) -> list[str]:
    return [pid for pid in pids if psutil.pid_exists(int(pid)) and psutil.Process(int(pid)).status() != "zombie"]


# -- create


async def test_a_new_session_runs_and_says_which_interpreter_it_is(api: RawClient) -> None:
    created = await api.create()
    assert created["created"] is True
    assert created["status"] == "RUNNING"
    assert created["servicePorts"] == []
    assert os.access(created["interpreter"], os.X_OK)
    printed, result = await api.run(created["sessionName"], "import sys; print(sys.executable)")
    assert printed.strip() == created["interpreter"]
    assert result["exitCode"] == 0
    info = (await api.call("GET", f"/session/{created['sessionId']}")).json
    assert info["interpreter"] == created["interpreter"]
    listed = await api.list("status_data", filter=f'id == "{created["sessionId"]}"')
    assert json.loads(listed[0]["status_data"])["interpreter"] == created["interpreter"]


@pytest.mark.parametrize("image", ["python", "python:3.6-ubuntu18.04", "cr.backend.ai/stable/python:3.13-rig"])
async def test_every_python_image_name_of_the_examples_is_the_embedded_one(api: RawClient, image: str) -> None:
    created = await api.create(image=image)
    assert created["image"].startswith("local/python3:")


@pytest.mark.parametrize("key", ["name", "clientSessionToken", "session_name"])
async def test_the_same_name_attaches(api: RawClient, key: str) -> None:
    first = await api.create()
    reply = await api.call("POST", "/session", body={key: first["sessionName"], "image": "python"})
    assert reply.status == 201
    assert reply.json["created"] is False
    assert reply.json["sessionId"] == first["sessionId"]
    assert reply.json["servicePorts"] == reply.json["service_ports"] == []


async def test_many_simultaneous_creates_of_one_name_make_one_session(api: RawClient) -> None:
    name = fresh_name()
    created = await asyncio.gather(*(api.create(name) for _ in range(8)))
    assert len({reply["sessionId"] for reply in created}) == 1
    assert sorted(reply["created"] for reply in created) == [False] * 7 + [True]


async def test_a_taken_name_is_refused_when_reuse_is_off(api: RawClient) -> None:
    first = await api.create()
    body = {"name": first["sessionName"], "image": "python", "reuseIfExists": False}
    document = (await api.call("POST", "/session", body=body)).problem(400, "session-already-exists")
    assert document["data"] == {"existingSessionId": first["sessionId"]}


async def test_an_unknown_image_is_not_found(api: RawClient) -> None:
    body = {"name": fresh_name(), "image": "no/such:image"}
    document = (await api.call("POST", "/session", body=body)).problem(404)
    assert "Unknown image reference: no/such:image" in document["msg"]
    body = {"name": fresh_name(), "image": "python", "architecture": "pdp11"}
    (await api.call("POST", "/session", body=body)).problem(404)


@pytest.mark.parametrize("name", ["abc", "a" * 65, "-abcd", "abcd-", "ab cd", "äöüß", "../../etc", "a\u0000bcd"])
async def test_a_name_against_the_rule_is_refused(api: RawClient, name: str) -> None:
    (await api.call("POST", "/session", body={"name": name, "image": "python"})).problem(400, "invalid-api-params")


async def test_enqueue_only_answers_at_once_and_the_session_starts_behind(api: RawClient) -> None:
    created = await api.create(enqueueOnly=True)
    assert (created["status"], created["servicePorts"]) == ("PENDING", [])
    await wait_status(api, created["sessionId"], "RUNNING")
    assert (await api.run(created["sessionName"], "print(6 * 7)"))[0] == "42\n"


async def test_a_wait_that_is_over_is_a_timeout_and_the_session_still_starts(api: RawClient) -> None:
    created = await api.create(maxWaitSeconds=0.000001)
    assert created["status"] == "TIMEOUT"
    await wait_status(api, created["sessionId"], "RUNNING")


async def test_environment_and_folder_are_the_sessions_own(api: RawClient) -> None:
    one, two = await asyncio.gather(
        api.create(config={"environ": {"FLAVOUR": "sweet"}}), api.create(config={"environ": {"FLAVOUR": "sour"}})
    )
    code = "import os; print(os.environ['FLAVOUR'], os.environ['BACKENDAI_SESSION_NAME'], os.getcwd())"
    seen_one, seen_two = [(await api.run(ref["sessionName"], code))[0].split() for ref in (one, two)]
    assert seen_one[:2] == ["sweet", one["sessionName"]]
    assert seen_two[:2] == ["sour", two["sessionName"]]
    assert seen_one[2] != seen_two[2]


async def test_the_servers_keys_are_not_in_the_environment_of_code(api: RawClient) -> None:
    ref = (await api.create())["sessionName"]
    printed, _ = await api.run(ref, "import os; print(sorted(os.environ.items()))")
    assert api.server.secret_key not in printed


# -- look


async def test_a_list_has_every_documented_field_and_json_fields_are_text(api: RawClient) -> None:
    created = await api.create(tag="mine", config={"resources": {"cpu": "1", "mem": "512m"}})
    await api.run(created["sessionName"], "1")
    fields = """id session_id main_kernel_id tag name type main_kernel_role priority image architecture registry
        cluster_template cluster_mode cluster_size domain_name group_name group_id user_email full_name user_id
        access_key created_user_email created_user_id status status_changed status_info status_data status_history
        created_at terminated_at starts_at scheduled_at startup_command result commit_status abusing_reports
        idle_checks agent_ids agents resource_opts scaling_group service_ports mounts vfolder_mounts occupying_slots
        occupied_slots requested_slots num_queries dependencies { id } inference_metrics
        containers { id idx role hostname kernel_id cluster_idx local_rank cluster_role cluster_hostname session_id
          image architecture registry status status_changed status_info status_data created_at terminated_at starts_at
          scheduled_at abusing_report agent agent_addr container_id resource_opts occupied_slots live_stat last_stat
          preopen_ports }"""
    [item] = await api.list(fields, access_key=api.server.access_key, filter=f'name == "{created["sessionName"]}"')
    assert (item["id"], item["name"], item["status"]) == (created["sessionId"], created["sessionName"], "RUNNING")
    assert (item["type"], item["result"], item["tag"]) == ("INTERACTIVE", "UNDEFINED", "mine")
    assert json.loads(item["occupied_slots"]) == {"cpu": "1", "mem": str(512 * 1024 * 1024)}
    assert json.loads(item["idle_checks"]) == {}
    assert json.loads(item["service_ports"]) == []
    assert list(json.loads(item["status_history"])) == ["PENDING", "PREPARING", "CREATING", "RUNNING"]
    assert item["num_queries"] >= 1
    [container] = item["containers"]
    assert (container["id"], container["cluster_role"]) == (item["id"], "main")


async def test_live_statistics_see_what_the_sessions_processes_use(api: RawClient) -> None:
    created = await api.create()
    ref = f'name == "{created["sessionName"]}"'

    async def stat() -> Any:
        [item] = await api.list("containers { live_stat }", filter=ref)
        return json.loads(item["containers"][0]["live_stat"])

    code = (
        "import subprocess, sys\n"
        "block = bytearray(200_000_000)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'while True: pass'])"
    )
    await api.run(created["sessionName"], code)

    async def busy() -> Any:
        usage = await stat()
        return usage if float(usage["cpu_util"]["current"]) > 20 else None

    usage = await eventually(busy)
    assert int(usage["mem"]["current"]) > 200_000_000
    assert usage["mem"]["unit_hint"] == "bytes"
    assert all(isinstance(value, str) for metric in usage.values() for value in metric.values())


async def test_lists_page_and_filter_and_order(api: RawClient) -> None:
    names = sorted([(await api.create())["sessionName"] for _ in range(3)])
    only = " | ".join(f'name == "{name}"' for name in names)
    assert [item["name"] for item in await api.list("name", filter=only, order="+name")] == names
    assert [item["name"] for item in await api.list("name", filter=only, order="-name", limit=1)] == names[2:]
    assert [item["name"] for item in await api.list("name", filter=only, order="name", offset=1)] == names[1:]
    assert await api.list("name", filter=only, status="TERMINATED") == []
    assert await api.list("name", filter=only, access_key="AKIASOMEBODYELSE") == []


async def test_images_are_this_machines_kernelspecs(api: RawClient) -> None:
    data = await api.gql(
        "{ images(is_installed: true) { name tag registry architecture installed aliases labels { key value } "
        "resource_limits { key min max } } }"
    )
    images = {f"{image['registry']}/{image['name']}:{image['tag']}": image for image in data["images"]}
    own = images[f"local/python3:{sys.version.split()[0]}"]
    assert own["aliases"] == ["python"]
    assert {"key": "ai.backend.runtime-type", "value": "python"} in own["labels"]
    created = await api.create(image=next(iter(images)))
    assert created["image"] in images


async def test_the_machine_says_what_it_has(api: RawClient) -> None:
    slots = (await api.call("GET", "/config/resource-slots")).json
    assert slots == {"cpu": "count", "mem": "bytes"}
    presets = (await api.call("GET", "/resource/presets")).json["presets"]
    whole = next(preset for preset in presets if preset["name"] == "machine")
    assert whole["resource_slots"]["cpu"] == str(os.cpu_count())
    assert int(whole["resource_slots"]["mem"]) == psutil.virtual_memory().total
    checked = (await api.call("POST", "/resource/check-presets", body={"group": "default"})).json
    assert all(preset["allocatable"] for preset in checked["presets"])
    assert (await api.call("GET", "/scaling-groups?group=default")).json == {"scaling_groups": [{"name": "default"}]}
    assert (await api.call("GET", "/folders")).json == []


async def test_logs_and_history_of_a_session_outlive_it(api: RawClient) -> None:
    created = await api.create()
    await api.run(created["sessionName"], "print('for the log')")
    live = (await api.call("GET", f"/session/{created['sessionName']}/logs")).json["result"]["logs"]
    assert "for the log" in live
    await api.call("DELETE", f"/session/{created['sessionName']}")
    (await api.call("GET", f"/session/{created['sessionName']}/logs")).problem(404)
    dead = (await api.call("GET", f"/session/{created['sessionId']}/logs")).json["result"]["logs"]
    assert "for the log" in dead
    history = (await api.call("GET", f"/session/{created['sessionId']}/status-history")).json
    assert list(history) == ["PENDING", "PREPARING", "CREATING", "RUNNING", "TERMINATING", "TERMINATED"]


async def test_match_finds_sessions_by_the_beginning_of_their_name(api: RawClient) -> None:
    created = await api.create()
    found = (await api.call("GET", f"/session/_/match?id={created['sessionName'][:-2]}")).json["matches"]
    assert found == [{"id": created["sessionId"], "name": created["sessionName"], "status": "RUNNING"}]


# -- change


@pytest.mark.parametrize("place", ["query", "body"])
async def test_a_session_is_renamed_by_either_way_of_asking(api: RawClient, place: str) -> None:
    created, name = await api.create(), fresh_name()
    target = f"/session/{created['sessionName']}/rename"
    in_query = place == "query"
    reply = await api.call(
        "POST", f"{target}?name={name}" if in_query else target, body=None if in_query else {"name": name}
    )
    assert reply.status == 204
    (await api.call("GET", f"/session/{created['sessionName']}")).problem(404)
    assert (await api.call("GET", f"/session/{name}")).json["sessionId"] == created["sessionId"]


async def test_a_rename_to_a_taken_or_bad_name_is_refused(api: RawClient) -> None:
    one, two = await api.create(), await api.create()
    target = f"/session/{one['sessionName']}/rename"
    (await api.call("POST", target, body={"name": two["sessionName"]})).problem(400, "session-already-exists")
    (await api.call("POST", target, body={"name": "no"})).problem(400)
    (await api.call("POST", target, body={})).problem(400)
    assert (await api.call("POST", target, body={"name": one["sessionName"]})).status == 204


async def test_an_interrupt_stops_the_code_and_the_session_goes_on(api: RawClient) -> None:
    ref = (await api.create())["sessionName"]
    run = asyncio.create_task(api.run(ref, "import time\nprint('begun')\ntime.sleep(60)"))

    async def has_begun() -> bool:
        return "begun" in (await api.call("GET", f"/session/{ref}/logs")).json["result"]["logs"]

    await eventually(has_begun)
    assert (await api.call("POST", f"/session/{ref}/interrupt")).status == 204
    printed, _ = await run
    assert "KeyboardInterrupt" in printed
    assert (await api.run(ref, "print('still here')"))[0] == "still here\n"


async def test_completion_suggests(api: RawClient) -> None:
    ref = (await api.create())["sessionName"]
    await api.run(ref, "wonderful_name = 1")

    async def suggestions() -> str:
        body = {"code": "wonderf", "options": {"row": 0, "col": 7}}
        result = (await api.call("POST", f"/session/{ref}/complete", body=body)).json["result"]
        return str(result["suggestions"]) if result["status"] == "finished" else ""

    assert "wonderful_name" in await eventually(suggestions)


# -- destroy


async def test_a_destroyed_session_leaves_no_process_and_no_folder(api: RawClient) -> None:
    created = await api.create()
    code = (
        "import os, subprocess, sys\n"
        "wait = 'import time; time.sleep(600)'\n"
        "plain = subprocess.Popen([sys.executable, '-c', wait])\n"
        "away = subprocess.Popen([sys.executable, '-c', wait], start_new_session=True)\n"
        "open('file', 'w').write('x')\n"
        "print(os.getpid(), plain.pid, away.pid, os.getcwd())"
    )
    printed, _ = await api.run(created["sessionName"], code)
    *pids, folder = printed.split()
    assert alive(pids) == pids
    reply = await api.call("DELETE", f"/session/{created['sessionName']}?forced=true")
    assert reply.json == {"stats": {"status": "terminated"}}
    assert alive(pids) == []
    assert not exists(Path(folder).parent)


async def test_the_folder_is_kept_when_asked(api: RawClient) -> None:
    created = await api.create()
    await api.run(created["sessionName"], "open('result.txt', 'w').write('kept')")
    stats = (await api.call("DELETE", f"/session/{created['sessionName']}?keep_folder=true")).json["stats"]
    assert (Path(stats["folder"]) / "result.txt").read_text() == "kept"


async def test_destroying_twice_is_harmless(api: RawClient) -> None:
    created = await api.create()
    for ref in (created["sessionName"], created["sessionName"], created["sessionId"]):
        assert (await api.call("DELETE", f"/session/{ref}")).status == 200
    assert (await api.call("DELETE", f"/session/{created['sessionName']}")).json == {"stats": {}}


async def test_simultaneous_destroys_agree(api: RawClient) -> None:
    ref = (await api.create())["sessionName"]
    replies = await asyncio.gather(*(api.call("DELETE", f"/session/{ref}?recursive=true") for _ in range(5)))
    assert [reply.status for reply in replies] == [200] * 5
    assert [reply.json["stats"] for reply in replies].count({"status": "terminated"}) == 1


async def test_a_session_that_is_still_starting_is_cancelled(api: RawClient) -> None:
    created = await api.create(enqueueOnly=True)
    reply = await api.call("DELETE", f"/session/{created['sessionId']}")
    assert reply.json["stats"]["status"] in {"cancelled", "terminated"}
    assert await status_of(api, created["sessionId"]) in {"CANCELLED", "TERMINATED"}


async def test_the_name_of_a_destroyed_session_is_free_at_once(api: RawClient) -> None:
    first = await api.create()
    deleting = asyncio.create_task(api.call("DELETE", f"/session/{first['sessionName']}"))
    await wait_status(api, first["sessionId"], "TERMINATING", "TERMINATED")
    second = await api.create(first["sessionName"])
    await deleting
    assert second["created"] is True
    assert second["sessionId"] != first["sessionId"]
    assert (await api.run(second["sessionName"], "print(1)"))[0] == "1\n"


async def test_a_kernel_that_dies_ends_its_session(api: RawClient) -> None:
    created = await api.create()
    await api.run(created["sessionName"], "import os; os._exit(3)")
    await wait_status(api, created["sessionId"], "TERMINATED")
    [item] = await api.list("status_info", filter=f'id == "{created["sessionId"]}"')
    assert item["status_info"] == "self-terminated"
