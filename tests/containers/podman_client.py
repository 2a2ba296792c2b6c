"""podman as the tests use it, with pgprimer's image in its store."""
import os
import subprocess


class Podman:
    def __init__(self, folder, archive):
        # Its default limits want CAP_SYS_RESOURCE, which root in a container of its own may lack.
        settings = folder / "containers.conf"
        settings.write_text('[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n')
        self.environment = {**os.environ, "CONTAINERS_CONF": str(settings)}
        loaded = subprocess.run(["podman", "load"], env=self.environment, input=archive, capture_output=True)
        assert loaded.returncode == 0, loaded.stderr.decode()
        self.image = loaded.stdout.decode().strip().rpartition(" ")[2]

    def __call__(self, *arguments, check=True, timeout=120):
        done = subprocess.run(["podman", *map(str, arguments)], env=self.environment, capture_output=True, text=True, timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f"podman {' '.join(map(str, arguments))}: {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}")
        return done

    def clear(self):
        self("rmi", "-f", self.image, check=False)
