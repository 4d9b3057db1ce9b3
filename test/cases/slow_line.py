"""A line to a server that lets so many bytes a second through, and counts them in the file `passed`.

slow_line.py PORT_FILE http://HOST:PORT BYTES_A_SECOND"""
import os
import socket
import sys
import threading
import time
import urllib.parse

PORT_FILE, SERVER, RATE = sys.argv[1], urllib.parse.urlsplit(sys.argv[2]), int(sys.argv[3])
PIECE = 64 * 1024
guard, passed, free_at = threading.Lock(), 0, 0.0


def pass_on(bytes_now):
    global passed, free_at
    with guard:
        passed += bytes_now
        free_at = max(free_at, time.monotonic()) + bytes_now / RATE
        wait = free_at - time.monotonic()
        with open("passed.new", "w") as file:
            file.write(str(passed))
        os.replace("passed.new", "passed")
    time.sleep(max(wait, 0))


def pump(source, target):
    try:
        while True:
            data = source.recv(PIECE)
            if not data:
                break
            pass_on(len(data))
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client):
    try:
        server = socket.create_connection((SERVER.hostname, SERVER.port))
    except OSError:
        client.close()
        return
    for pair in ((client, server), (server, client)):
        threading.Thread(target=pump, args=pair, daemon=True).start()


pass_on(0)
with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
    with open(PORT_FILE + ".new", "w") as file:
        file.write(str(listener.getsockname()[1]))
    os.replace(PORT_FILE + ".new", PORT_FILE)
    while True:
        serve(listener.accept()[0])
