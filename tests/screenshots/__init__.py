"""The pictures of the README: `make screenshots` draws them."""
