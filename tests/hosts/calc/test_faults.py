"""What may go wrong between Calc and the compute process, and what must not be open to others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from cvm_xl.hosts.calc import engine, wire, worker

EVC = "=CVM_EVC(100,40,10)"


def workers(app, module="cvm_xl.hosts.calc.worker"):
    """The compute processes of a LibreOffice, found among what it started."""
    found = []
    for process in psutil.Process(app.pid).children(recursive=True):
        try:
            if module in process.cmdline():
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def gone(process, patience=20):
    """Whether a process ended in time; its parent may not have noticed yet."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_a_compute_process_that_was_killed_is_started_again(calc, sheet):
    sheet["A1"].formula = EVC
    (first,) = workers(calc)
    first.kill()
    assert gone(first)
    calc.calculate()
    assert sheet["A1"].value == 130
    assert [process.pid for process in workers(calc)] != [first.pid]


def test_killed_while_it_computes(calc, sheet):
    """The cell shows its value or an error, Calc lives, and the next recalculation is right."""
    sheet["A1:A400"].formula = "=CVM_EVC(100+ROW(),40,10)"
    code = f"import os, time, signal\ntime.sleep(0.05)\nos.kill({workers(calc)[0].pid}, signal.SIGKILL)"
    killer = subprocess.Popen([sys.executable, "-c", code])
    calc.calculate()
    killer.wait()
    shown = sheet["A1:A400"].options(err_to_str=True).value
    assert all(cell == 130 + i + 1 or str(cell).startswith("#") for i, cell in enumerate(shown))
    calc.calculate()
    assert sheet["A1:A400"].value == [130.0 + i + 1 for i in range(400)]


def test_two_profiles_at_once_and_each_ends_with_its_own(calc, sheet):
    with engine.start(add_in=True) as other:
        book = other.books.add()
        book.sheets[0]["A1"].formula = EVC
        sheet["A1"].formula = EVC
        assert book.sheets[0]["A1"].value == sheet["A1"].value == 130
        (theirs,), (ours,) = workers(other), workers(calc)
        assert theirs.pid != ours.pid
    assert gone(theirs)
    assert ours.is_running()


def test_the_compute_process_ends_when_its_office_is_killed():
    app = engine.start(add_in=True)
    app.books.add().sheets[0]["A1"].formula = EVC
    (process,) = workers(app)
    app.kill()
    assert gone(process)


def test_nothing_listens(calc, sheet):
    """Calls go through pipes that only the two processes hold: there is no socket to guard, none to go stale."""
    sheet["A1"].formula = EVC
    (process,) = workers(calc)
    assert process.net_connections("all") == []
    assert not [c for c in psutil.Process(calc.pid).net_connections("inet") if c.status == psutil.CONN_LISTEN]


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become another user")
def test_the_pipe_of_the_commands_is_refused_to_another_user(calc):
    name = calc.impl.office.url.partition("name=")[2].partition(";")[0]
    pipes = list(Path("/tmp").glob(f"OSL_PIPE_*_{name}"))
    assert len(pipes) == 1
    code = f"""
import os, socket
os.setgid(65534); os.setuid(65534)
try:
    socket.socket(socket.AF_UNIX).connect({str(pipes[0])!r})
except PermissionError:
    print("refused")
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "refused"


def test_memory_does_not_grow_with_recalculations(calc, sheet):
    sheet["A1"].value = [[float(i)] for i in range(500)]
    sheet["B1:B500"].formula_array = "=CVM_TIER(A1:A500)"
    sheet["C1"].formula = EVC
    (process,), office = workers(calc), psutil.Process(calc.pid).children(recursive=True)
    soffice = next(p for p in office if p.name() == "soffice.bin")
    for _ in range(100):
        calc.calculate()
    before = process.memory_info().rss, soffice.memory_info().rss
    for _ in range(1000):
        calc.calculate()
    after = process.memory_info().rss, soffice.memory_info().rss
    for old, new in zip(before, after, strict=True):
        assert new - old < 20 * 2**20


def test_a_message_that_is_cut_short_ends_the_conversation():
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", worker.__name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    process.stdin.write(b'\x05\x00\x00\x00\x00\x00\x00\x00{"')
    process.stdin.close()
    assert process.wait(timeout=20) == 0


def test_what_is_printed_does_not_disturb_the_conversation():
    code = "from cvm_xl.hosts.calc import worker; worker.serve(lambda m, g, b: print('noise') or {'answer': m['ask']})"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    wire.send(process.stdin, {"ask": "é"}, [])
    assert wire.receive(process.stdout) == ({"answer": "é"}, [])
    os.kill(process.pid, signal.SIGTERM)
    process.communicate()


def test_faults_of_ours_become_an_error_with_words():
    reply = worker.answer({}, {"call": "CVM_EVC", "args": []}, [], [])
    assert reply["result"] == {"error": wire.ERRORS["#VALUE!"]}
    assert "please report it" in reply["messages"][0]
