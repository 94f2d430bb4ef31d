"""Blocking client, query mode: run a snippet, answer what it asks, sort what it shows."""

import getpass
import sys

from workbench.wire import Session

CODE = """
import getpass, sys
from IPython.display import SVG, display
print("begin")
name = input("name? ")
secret = getpass.getpass("secret: ")
print(f"hello {name}, {len(secret)} letters")
display(SVG("<svg xmlns='http://www.w3.org/2000/svg'/>"))
print("to stderr", file=sys.stderr)
"""


def show(kind: str, data: object) -> None:
    """Print one console record."""
    if kind == "stdout":
        print(data, end="")
    elif kind == "stderr":
        print(data, end="", file=sys.stderr)
    else:
        print(f"[{kind} {data[0] if isinstance(data, list) else ''}]")


def main() -> None:
    """Run the snippet to its end in a session that is destroyed afterwards."""
    with Session() as session:
        kern = session.ComputeSession.get_or_create("python")
        try:
            result = kern.execute(None, CODE)
            while True:
                for kind, data in result["console"]:
                    show(kind, data)
                if result["status"] == "finished":
                    print(f"exit {result['exitCode']}")
                    break
                if result["status"] == "waiting-input":
                    hidden = result["options"].get("is_password", False)
                    line = getpass.getpass("") if hidden else input()
                    result = kern.execute(result["runId"], line, mode="input")
                else:
                    result = kern.execute(result["runId"], mode="continue")
        finally:
            kern.destroy()


main()
