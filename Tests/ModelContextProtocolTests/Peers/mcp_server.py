"""The reference server, over stdio or HTTP on the port that is given, with tools that a client is tried with."""
import sys

from mcp.server.mcpserver import MCPServer

server = MCPServer("reference", version="2")


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def fail(reason: str) -> str:
    """Fails for the reason given."""
    raise ValueError(reason)


@server.resource("notes://today", mime_type="text/plain")
def today() -> str:
    """What is noted."""
    return "nothing"


if sys.argv[1] == "stdio":
    server.run("stdio")
else:
    server.run("streamable-http", port=int(sys.argv[2]))
