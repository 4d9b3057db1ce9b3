"""Forwards connections: forward.py HOST PORT URL [PORT URL]... takes what comes to HOST:PORT to the
host and port of the URL. Says `ready` when it listens."""
import asyncio
import sys
import urllib.parse


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def main(host, *places):
    servers = []
    for port, url in zip(places[::2], places[1::2]):
        there = urllib.parse.urlsplit(url)

        async def forward(reader, writer, there=there):
            back, forth = await asyncio.open_connection(there.hostname, there.port)
            await asyncio.gather(pump(reader, forth), pump(back, writer))

        servers.append(await asyncio.start_server(forward, host, int(port)))
    print("ready", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main(*sys.argv[1:]))
