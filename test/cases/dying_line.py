"""Passes connections on to an S3 server, and kills a program at its n-th request: before the server
hears of it, or once it has answered and nobody has heard that. Says how many requests there were.

dying_line.py HOST:PORT FOLDER    writes FOLDER/port; FOLDER/plan holds "N before" or "N after" and FOLDER/pid whom
"""
import os
import signal
import socket
import sys
import threading

host, port = sys.argv[1].rsplit(":", 1)
folder = sys.argv[2]
METHODS = (b"GET ", b"PUT ", b"POST ", b"HEAD ", b"DELETE ")
lock = threading.Lock()
count = 0


def planned():
    with open(f"{folder}/plan") as plan:
        number, when = plan.read().split()
    return int(number), when


def end_it():
    with open(f"{folder}/pid") as file:
        os.kill(int(file.read()), signal.SIGKILL)


def serve(client):
    global count
    server = socket.create_connection((host, int(port)))
    after = threading.Event()

    def back():
        while data := server.recv(1 << 16):
            if after.is_set():
                return end_it()
            client.sendall(data)
        client.close()

    threading.Thread(target=back, daemon=True).start()
    while data := client.recv(1 << 16):
        if data.startswith(METHODS):
            with lock:
                count += 1
                number, when = planned()
                hit = count == number
                with open(f"{folder}/count", "w") as file:
                    file.write(str(count))
            if hit and when == "before":
                return end_it()
            if hit:
                after.set()
        server.sendall(data)
    server.close()


def quiet(client):
    try:
        serve(client)
    except OSError:
        pass  # Whoever was killed is gone.


listener = socket.create_server(("127.0.0.1", 0))
with open(f"{folder}/port.new", "w") as file:
    file.write(str(listener.getsockname()[1]))
os.rename(f"{folder}/port.new", f"{folder}/port")


def restart(*_):
    global count
    count = 0


signal.signal(signal.SIGUSR1, restart)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=quiet, args=(connection,), daemon=True).start()
