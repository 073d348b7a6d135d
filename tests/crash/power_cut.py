"""A disk that a kill leaves as a power cut would: an ext4 in a file. What the program did not sync is in the kernel's cache
and not in the file, so the file as it is at the kill, mounted again, is what a machine would find when it comes back."""

import pathlib
import subprocess
import time

SIZE_BYTES = 512 << 20


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed, --power-cut needs root and loop devices: {done.stderr.strip()}")


class Disk:
    """One thread."""

    def __init__(self, mount_point):
        self.mount_point = pathlib.Path(mount_point)
        self.mount_point.mkdir(parents=True)
        self._image = self.mount_point.with_suffix(".img")
        with open(self._image, "wb") as image:
            image.truncate(SIZE_BYTES)
        run("mkfs.ext4", "-q", "-F", "-i", "4096", self._image)
        self._mount()

    def _mount(self):
        # No commit of the journal but those that the program asks for.
        run("mount", "-o", "loop,commit=300", self._image, self.mount_point)

    def cut(self):
        """After the program's end. A commit that it had begun may end."""
        time.sleep(0.05)
        cut = self._image.with_suffix(".cut")
        run("cp", "--sparse=always", self._image, cut)
        self.remove()
        cut.replace(self._image)
        self._mount()

    def remove(self):
        run("umount", self.mount_point)
