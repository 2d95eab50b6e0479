"""Runs the steps of a run one after the other, and reports them. Ends with 0 when the run is reported, with 3 when it was stopped."""

import json
import os
import sys
import time

from contract import Contract
from reporter import Reporter

def say(event):
    print(json.dumps(event), flush=True)


def train(reporter, step, epochs, seconds):
    """A step that learns: what a real one would call back while it does."""
    reporter.report(step, started={"parameters": {"text": json.dumps({"epochs": epochs})}})
    reporter.report(step, metadata={"values": {"epochs": {"integer": epochs}, "device": {"text": "cpu"}}})
    for epoch in range(epochs):
        time.sleep(seconds)
        reporter.report(step, metrics={"points": [{"name": "loss", "index": epoch, "value": 1 / (epoch + 1)}]})
        reporter.report(step, alive={})


def main():
    steps = [f"step {number}" for number in range(1, int(sys.argv[1]) + 1)]
    seconds = float(os.environ.get("SECONDS_PER_EPOCH", "0.02"))
    reporter = Reporter(
        Contract(os.environ["SIGNALBOX_CONTRACT"]),
        url=os.environ["SIGNALBOX_URL"],
        token=os.environ["SIGNALBOX_RUN_TOKEN"],
        run=os.environ["RUN"],
        name="orchestrate.py",
        on_event=say,
    )
    for step in steps:
        # "gracefully" lets the step that runs end and starts no other.
        if reporter.stop:
            break
        train(reporter, step, epochs=5, seconds=seconds)
        reporter.report(step, ended={"status": "STATUS_COMPLETED"})
        say({"ended": step})
    reporter.report(run_ended={"status": "STATUS_STOPPED" if reporter.stop else "STATUS_COMPLETED"})
    reporter.close()
    say({"refused": reporter.refused, "stopped": reporter.stop})
    return 3 if reporter.stop else 0


if __name__ == "__main__":
    sys.exit(main())
