"""A node of its own for one worker: its own network, whose packets can be dropped without a word."""
import contextlib
import random
import subprocess

import wire


def run(*words):
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


class Node:
    """Needs root rights, and the programs ip and iptables."""

    def __init__(self, environment):
        number = random.SystemRandom().randrange(2 ** 14)
        self.name = f"holdfast-{number}"
        net = f"10.{192 + number // 256}.{number % 256}."
        ours, theirs = f"hf{number}o", f"hf{number}i"
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", self.name)
        run("ip", "address", "add", net + "1/30", "dev", ours)
        run("ip", "link", "set", ours, "up")
        run("ip", "-n", self.name, "address", "add", net + "2/30", "dev", theirs)
        run("ip", "-n", self.name, "link", "set", theirs, "up")
        self.wires = []
        self.environment = dict(environment)
        for variable in ("AMQP_URL", "R2_S3_ENDPOINT_URL"):
            across = wire.between(environment[variable], lambda: (None, None), net + "1")
            self.wires.append(across)
            self.environment[variable] = across.instead_of(environment[variable])

    def inside(self, words):
        return ["ip", "netns", "exec", self.name, *words]

    def vanish(self):
        """Nothing goes out or comes in any more, and nobody is told."""
        for chain in ("OUTPUT", "INPUT"):
            run(*self.inside(["iptables", "-w", "-P", chain, "DROP"]))

    def close(self):
        for across in self.wires:
            across.close()
        with contextlib.suppress(subprocess.CalledProcessError):
            run("ip", "netns", "delete", self.name)
