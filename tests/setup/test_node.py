"""The Allure generator: a new enough Node of the machine, else the one packaged for pip."""

from __future__ import annotations

import json

import pytest

NPM = 'mkdir -p node_modules/allure; echo "" > node_modules/allure/cli.js'


@pytest.fixture
def node():
    from provision import node  # noqa: PLC0415

    return node


@pytest.fixture
def record():
    from provision.record import Record  # noqa: PLC0415

    return Record


def test_a_new_enough_node_installs_the_locked_generator(fake, node):
    fake.program("node", "echo v20.1.0")
    fake.program("npm", NPM)
    part = node.provide(fake.machine())
    assert part.ready
    assert part.path == str(fake.path / "node")
    install = next(call for call in fake.calls() if call.startswith("npm"))
    assert install.startswith("npm ci ")
    assert "--ignore-scripts" in install


@pytest.mark.parametrize("version", ["v18.20.4", "garbage", ""])
def test_an_old_or_unknown_node_is_replaced_by_the_packaged_one(fake, node, version):
    fake.program("node", f"echo {version}")
    fake.program("npm", NPM)
    ours = fake.root / ".venv/bin"
    wheel = (
        f'printf "#!/bin/sh\\necho v22.1.0\\n" > {ours}/node; '
        f'printf "#!/bin/sh\\n{NPM.replace(chr(34), "")}\\n" > {ours}/npm; '
        f"chmod +x {ours}/node {ours}/npm"
    )
    fake.program("python", wheel, where=ours)
    part = node.provide(fake.machine())
    assert part.ready, part
    assert part.path == str(ours / "node")
    assert "--require-hashes -r requirements-node.lock" in "\n".join(fake.calls())


def test_no_node_at_all_is_named_with_the_next_action(fake, node):
    fake.program("python", "echo 'no matching distribution'; exit 1", where=fake.root / ".venv/bin")
    part = node.provide(fake.machine())
    assert not part.ready
    assert "no matching distribution" in part.detail
    assert "Node 20" in part.hint


def test_a_failing_npm_is_named(fake, node):
    fake.program("node", "echo v22.0.0")
    fake.program("npm", "echo 'npm error network' >&2; exit 1")
    part = node.provide(fake.machine())
    assert not part.ready
    assert "npm error network" in part.detail
    assert "AGAIN=1" in part.hint


def test_an_npm_that_installs_nothing_is_not_called_ready(fake, node):
    fake.program("node", "echo v22.0.0")
    fake.program("npm")
    assert not node.provide(fake.machine()).ready


def test_the_generator_is_found_only_when_it_is_the_locked_one(fake, node, record):
    machine = fake.machine()
    fake.program("node", "echo v22.0.0")
    fake.program("npm", NPM)
    assert not node.find(machine, record()).ready
    assert node.provide(machine).ready
    stamped = record(stamp={"node": node.stamp(machine)})
    assert node.find(machine, stamped).ready
    lock = fake.root / "package-lock.json"
    lock.write_text(json.dumps({**json.loads(lock.read_text()), "name": "other"}))
    assert not node.find(machine, stamped).ready
