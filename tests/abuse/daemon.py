# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""The real server as a process, and what the system says of it."""

import json
import os
import pathlib
import resource
import signal
import subprocess
import time

PATIENCE = 60  # seconds; a slow machine is no failure


def wait_for(holds, seconds=PATIENCE):
    """Whether something comes true in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Daemon:
    """A detlossd, from when it says that it serves. Metrics are logged ten times a second."""

    def __init__(self, binary, scratch, *flags, environment=None, descriptors_max=None):
        self._output = pathlib.Path(scratch) / "detlossd.log"
        self.errors_path = pathlib.Path(scratch) / "detlossd.err"
        command = [binary, "--listen=127.0.0.1:0", "--metrics_log_interval=100ms",
                   "--log_level=error", *flags]
        limit = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors_max,) * 2)
                 ) if descriptors_max else None
        with self._output.open("w") as out, self.errors_path.open("w") as errors:
            self._process = subprocess.Popen(command, stdout=out, stderr=errors, preexec_fn=limit,
                                             env={**os.environ, **(environment or {})})
        self.pid = self._process.pid
        if not wait_for(lambda: self.lines("serving") or not self.alive()) or not self.alive():
            self.close()
            raise RuntimeError(f"detlossd does not serve: {self.errors()}")
        self.address = self.lines("serving")[0]["addresses"][0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def lines(self, event):
        whole = self._output.read_text().rpartition("\n")[0].splitlines()
        return [json.loads(line) for line in whole if f'"event":"{event}"' in line]

    def errors(self):
        return self.errors_path.read_text(errors="replace")

    def alive(self):
        return self._process.poll() is None

    def _status(self, field):
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(text.split(f"\n{field}:")[1].split()[0])

    def resident(self):
        """Bytes of memory that are resident."""
        return self._status("VmRSS") << 10

    def peak(self):
        return self._status("VmHWM") << 10

    def reset_peak(self):
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def threads(self):
        return self._status("Threads")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _last_metric(self, name):
        metrics = self.lines("metrics")
        return metrics[-1][name] if metrics else 0

    def in_flight(self):
        """Requests in flight, from the last line of metrics."""
        return self._last_metric("detloss_requests_in_flight")

    def bytes_in_flight(self):
        return self._last_metric("detloss_bytes_in_flight")

    def close(self):
        if self.alive():
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self):
        """Ends it as an operator does. Returns its exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE)
