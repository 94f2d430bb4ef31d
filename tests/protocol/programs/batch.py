"""Blocking client, batch mode: upload sources, build, run with arguments, fetch what was made."""

import sys
from pathlib import Path

from workbench.wire import Session

Path("tool.py").write_text(
    "import sys, helper\nopen('made.txt', 'w').write(helper.greet(sys.argv[1:]))\nprint('ran')\n"
)
Path("Makefile").write_text("helper.py:\n\tprintf 'def greet(names):\\n    return \"+\".join(names)\\n' > helper.py\n")

with Session() as session:
    kern = session.ComputeSession.get_or_create("python")
    try:
        kern.upload(["tool.py", "Makefile"])
        opts = {"clean": "rm -f helper.py", "build": "*", "exec": "python tool.py one two"}
        run_id, mode = None, "batch"
        while True:
            result = kern.execute(run_id, "", mode=mode, opts=opts)
            opts.clear()
            run_id, mode = result["runId"], "continue"
            for kind, data in result["console"]:
                print(data, end="", file=sys.stderr if kind == "stderr" else sys.stdout)
            if result["exitCode"] is not None:
                print(f"[{result['status']} {result['exitCode']}]")
            if result["status"] == "finished":
                break
        (made,) = kern.download(["made.txt"], "out")
        print(made.read_text())
        print([entry.name for entry in kern.list_files()])
    finally:
        kern.destroy()
