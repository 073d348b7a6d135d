"""Checks that are told one by one: each prints a line, ok or FAIL, and what the last try said."""

import subprocess
import sys
import time

from commands import Wrong

LINES_OF_A_FAILURE = 20
TRY_SECONDS = 0.1


class Checks:
    """One thread."""

    def __init__(self):
        self._held = self._broken = 0
        self._began = time.monotonic()

    def last_words(self):
        """What is told when a script gives up, as lines."""
        return []

    def say(self, text):
        print(f"\n{text}", flush=True)

    def note(self, text):
        print(f"      {text}", flush=True)

    def expect(self, sentence, check, *arguments, within=0, **named):
        """Holds when the check is true, within so many seconds; a check says why not by raising Wrong."""
        try:
            self._until(lambda: check(*arguments, **named), within)
        except Wrong as wrong:
            self._broken += 1
            print(f"FAIL  {sentence}")
            for line in str(wrong).splitlines()[:LINES_OF_A_FAILURE]:
                print(f"      | {line}")
            sys.stdout.flush()
            return False
        self._held += 1
        print(f"ok    {sentence}", flush=True)
        return True

    def equals(self, sentence, wanted, told, *arguments, within=0):
        """Holds when what is told is what is wanted, within so many seconds."""

        def check():
            found = told(*arguments)
            if found != wanted:
                raise Wrong(f"told:   {found}\nwanted: {wanted}")
            return True

        return self.expect(sentence, check, within=within)

    @staticmethod
    def _until(check, seconds):
        """The last reason as Wrong."""
        end = time.monotonic() + seconds
        while True:
            try:
                said = check()
                if said:
                    return
                wrong = Wrong(f"it is {said!r}")
            except (Wrong, OSError, LookupError, ValueError, StopIteration, subprocess.SubprocessError) as error:
                wrong = error if isinstance(error, Wrong) else Wrong(f"{type(error).__name__}: {error}")
            if time.monotonic() >= end:
                raise wrong
            time.sleep(TRY_SECONDS)

    def require(self, text, check, *arguments, within=0):
        """Ends the script with this text unless the check is true in time."""
        try:
            self._until(lambda: check(*arguments), within)
        except Wrong as wrong:
            self.give_up(text, wrong)

    def give_up(self, text, why=""):
        print(f"FAIL  {text}")
        for line in str(why).splitlines() + self.last_words()[-LINES_OF_A_FAILURE:]:
            print(f"      | {line}")
        sys.exit(1)

    def finish(self):
        print(f"\n{self._held} checks held, {self._broken} did not, {time.monotonic() - self._began:.0f} s", flush=True)
        sys.exit(1 if self._broken else 0)
