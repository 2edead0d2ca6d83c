"""A machine that loses its power: of a journal only that is left which its disk
had; see shim_disk.h.
"""
import glob
import os
import shutil

from frames import Journal, read_all


class Machine:
    """Part of a World: it knows folder, wal and input."""

    def __init__(self):
        self.image = None
        self.boots = 0

    def begin_machine(self):
        """It has a disk from now on, for faults with a DISK."""
        self.image = self.folder + "/image"
        os.mkdir(self.image)
        self.boot()

    def boot(self):
        self.boots += 1
        with open(self.folder + "/boot", "w") as f:
            f.write("%08x-0000-4000-8000-000000000000\n" % self.boots)

    def what_is_certain(self):
        """The journal, if the process, or the machine if there is one, ends
        now."""
        if self.image is None:
            return Journal(self.wal, self.input)
        folder = self.folder + "/certain"
        shutil.rmtree(folder, ignore_errors=True)
        self.restore_synced(folder, lambda: False)
        return Journal(folder, self.input)

    def lose_power(self, keeps_all, keeps_names):
        """The journal becomes what its disk has.  keeps_all(): of this file,
        what was written and not synced is there, too; keeps_names: so are all
        changes of names."""
        old = self.wal + ".old"
        if os.path.exists(self.wal):
            os.rename(self.wal, old)
        if keeps_names and os.path.exists(old):
            self.restore_names(old, self.wal, keeps_all)
        else:
            self.restore_synced(self.wal, keeps_all)
        shutil.rmtree(old, ignore_errors=True)
        shutil.rmtree(self.image)
        os.mkdir(self.image)
        self.boot()

    def restore_synced(self, folder, keeps_all):
        if os.path.exists(self.image + "/k-root"):
            self.restore(read_all(self.image + "/k-root").decode(), folder,
                         self.wal + ".old", keeps_all)

    def restore(self, key, folder, old, keeps_all):
        os.mkdir(folder, 0o700)
        names = read_all("%s/n-%s" % (self.image, key)).decode()
        for line in names.splitlines():
            mode, key, name = line.split(" ", 2)
            if int(mode, 8) & 0o40000:
                self.restore(key, folder + "/" + name, old + "/" + name,
                             keeps_all)
                continue
            data = read_all("%s/d-%s" % (self.image, key))
            if os.path.exists(old + "/" + name) and keeps_all():
                data = read_all(old + "/" + name)
            self.make_file(folder + "/" + name, data, int(mode, 8))

    def restore_names(self, old, folder, keeps_all):
        os.mkdir(folder, 0o700)
        for entry in os.scandir(old):
            if entry.is_dir():
                self.restore_names(entry.path, folder + "/" + entry.name,
                                   keeps_all)
                continue
            # Not what the shim was writing as it died.
            synced = sorted(glob.glob("%s/d-%d-*[0-9]" % (
                self.image, entry.inode())), key=os.path.getmtime)
            data = read_all(synced[-1]) if synced else b""
            if keeps_all():
                data = read_all(entry.path)
            self.make_file(folder + "/" + entry.name, data,
                           entry.stat().st_mode)

    @staticmethod
    def make_file(path, data, mode):
        with open(path, "wb") as f:
            f.write(data)
        os.chmod(path, mode & 0o777)
