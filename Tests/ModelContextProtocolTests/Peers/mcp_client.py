"""Asks a server over HTTP or stdio with the reference client and prints what it got: a JSON document."""
import asyncio
import json
import sys

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main() -> None:
    kind, mode, calls, *rest = sys.argv[1:]
    target = rest[0] if kind == "http" else stdio_client(StdioServerParameters(command=rest[0], args=rest[1:]))
    async with Client(target, mode=mode) as client:
        tools = await client.list_tools()
        told = {"revision": client.protocol_version, "tools": [tool.name for tool in tools.tools]}
        told["schemas"] = {tool.name: tool.input_schema for tool in tools.tools}
        resources = await client.list_resources()
        told["resources"] = [str(resource.uri) for resource in resources.resources]
        told["read"] = [
            (await client.read_resource(resource.uri)).contents[0].text for resource in resources.resources
        ]
        results = []
        for name, arguments in json.loads(calls):
            result = await client.call_tool(name, arguments)
            results.append({"text": result.content[0].text, "error": result.is_error, "json": result.structured_content})
        told["results"] = results
    print(json.dumps(told))


asyncio.run(main())
