"""Links a program of this build once more, with Swift's runtime inside, as a release is: static_program.py PROGRAM OUTPUT."""

import json
import pathlib
import subprocess
import sys

program, output = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
# .build/PLATFORM/debug/cascade was linked as .build/debug.yaml says.
plan = program.parents[2] / f"{program.parent.name}.yaml"
commands = (
    json.loads(line.split("args:", 1)[1])
    for line in plan.read_text().splitlines()
    if line.lstrip().startswith("args:") and '"-emit-executable"' in line
)
command = next(words for words in commands if words[words.index("-o") + 1] == str(program))
command[command.index("-o") + 1] = output
runpath = command.index("-rpath=$ORIGIN")
del command[runpath - 1 : runpath + 1]
command.insert(1, "-static-stdlib")
# What the objects name is the shared libraries; these are behind Foundation's.
command += ["-Xlinker", "--start-group"]
command += ["-lFoundation", "-lFoundationInternationalization", "-lCoreFoundation"]
command += ["-l_FoundationICU", "-l_FoundationCShims", "-l_FoundationCollections"]
command += ["-Xlinker", "--end-group"]
subprocess.run(command, check=True)
