"""Running the programs that a comparison needs."""

import subprocess
import sys


def command(*words):
    """Runs a program to its end and gives back its standard output."""
    done = subprocess.run(
        [str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout
