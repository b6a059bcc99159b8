"""Plays scripted conversations on autogen-core's own runtime and prints what happened, as JSON.

Standard input: a list of {"agents": [{"type", "does", "to"?, "topic"?, "handles"?}], "instances"?: […],
"subscriptions": [{"type"|"prefix", "agent"}], "steps": [{"send": {"to", "text", "kind"?}} | {"publish": {"topic", "text"}}],
"intervene"?: {"drop"?: text, "replace"?: {text: text}}}.
Standard output: a list of {"deliveries": [[recipient, text, sender, topic, isRequest]…], "replies": [[index, text|null|{"error"}]…],
"states": {agent: count}}.
"""

import asyncio
import json
import sys
from dataclasses import dataclass

from autogen_core import (
    AgentId,
    BaseAgent,
    DefaultInterventionHandler,
    DropMessage,
    MessageContext,
    SingleThreadedAgentRuntime,
    TopicId,
    TypePrefixSubscription,
    TypeSubscription,
)


@dataclass
class Text:
    text: str


@dataclass
class Other:
    text: str


KINDS = {"Text": Text, "Other": Other}


class Scripted(BaseAgent):
    """Does one thing with every message, as the script says."""

    def __init__(self, spec, log):
        super().__init__(spec["type"])
        self.spec = spec
        self.log = log
        self.count = 0

    async def save_state(self):
        return {"count": self.count}

    async def load_state(self, state):
        self.count = state["count"]

    async def on_message_impl(self, message, ctx: MessageContext):
        if type(message).__name__ not in self.spec.get("handles", ["Text"]):
            return None
        topic = str(ctx.topic_id) if ctx.topic_id else None
        sender = str(ctx.sender) if ctx.sender else None
        self.log.append([str(self.id), message.text, sender, topic, ctx.is_rpc])
        does = self.spec["does"]
        if does == "echo":
            return Text(f"{self.id}: {message.text}")
        if does == "count":
            self.count += 1
            return Text(str(self.count))
        if does == "fail":
            raise ValueError(f"cannot do {message.text}")
        if does == "forward":
            reply = await self.send_message(message, AgentId.from_str(self.spec["to"].replace("$", self.id.key)))
            return None if reply is None else Text(f"via {self.id}: {reply.text}")
        if does == "rescue":
            try:
                reply = await self.send_message(message, AgentId.from_str(self.spec["to"].replace("$", self.id.key)))
                return reply
            except Exception:
                return Text("rescued")
        if does == "publish":
            await self.publish_message(Text(f"{self.id} says {message.text}"), TopicId.from_str(self.spec["topic"].replace("$", self.id.key)))
        return None


class Intervening(DefaultInterventionHandler):
    def __init__(self, spec):
        self.spec = spec

    def look(self, message):
        if message.text == self.spec.get("drop"):
            return DropMessage
        if message.text in self.spec.get("replace", {}):
            return Text(self.spec["replace"][message.text])
        return message

    async def on_send(self, message, *, message_context, recipient):
        return self.look(message)

    async def on_publish(self, message, *, message_context):
        return self.look(message)


async def play(script):
    log, replies, states = [], [], {}
    handlers = [Intervening(script["intervene"])] if "intervene" in script else None
    runtime = SingleThreadedAgentRuntime(intervention_handlers=handlers)
    for spec in script["agents"]:
        await runtime.register_factory(spec["type"], lambda spec=spec: Scripted(spec, log), expected_class=None)
    for spec in script.get("instances", []):
        agent_id = AgentId.from_str(spec["id"])
        await runtime.register_agent_instance(Scripted({**spec, "type": agent_id.type}, log), agent_id)
    for subscription in script["subscriptions"]:
        if "type" in subscription:
            await runtime.add_subscription(TypeSubscription(subscription["type"], subscription["agent"]))
        else:
            await runtime.add_subscription(TypePrefixSubscription(subscription["prefix"], subscription["agent"]))
    runtime.start()
    for index, step in enumerate(script["steps"]):
        if "send" in step:
            kind = KINDS[step["send"].get("kind", "Text")]
            try:
                reply = await runtime.send_message(kind(step["send"]["text"]), AgentId.from_str(step["send"]["to"]))
                replies.append([index, None if reply is None else reply.text])
            except Exception as error:
                replies.append([index, {"error": str(error)}])
        else:
            topic = TopicId.from_str(step["publish"]["topic"])
            await runtime.publish_message(Text(step["publish"]["text"]), topic)
        # Each step to its end, so that both sides meet the same order. A dropped message is never counted as done
        # there, so that the runtime is never idle again: then a moment must do.
        idle = asyncio.ensure_future(runtime.stop_when_idle())
        done, _ = await asyncio.wait([idle], timeout=0.5 if "intervene" in script else 60)
        if not done:
            idle.cancel()
            await runtime.stop()
        runtime.start()
    saved = await runtime.save_state()
    for agent, state in saved.items():
        if isinstance(state, dict) and state.get("count"):
            states[agent] = state["count"]
    return {"deliveries": log, "replies": replies, "states": states}


async def main():
    json.dump([await play(script) for script in json.load(sys.stdin)], sys.stdout)


asyncio.run(main())
