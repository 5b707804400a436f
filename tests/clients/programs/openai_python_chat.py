"""The OpenAI SDK for Python: chat completions."""

import json

from openai import OpenAI

import report

client = OpenAI(base_url=f"{report.URL}/v1", api_key=report.KEY)
question = {"role": "user", "content": report.PROMPT}


def answer():
    reply = client.chat.completions.create(model=report.MODEL, messages=[question])
    return reply.choices[0].message.content, 1


def stream():
    chunks = client.chat.completions.create(model=report.MODEL, messages=[question], stream=True)
    return report.received(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


def tool():
    function = {"name": report.TOOL_NAME, "description": report.TOOL_DESCRIPTION, "parameters": report.TOOL_SCHEMA}
    tools = [{"type": "function", "function": function}]
    asked = client.chat.completions.create(model=report.MODEL, messages=[question], tools=tools).choices[0].message
    call = asked.tool_calls[0]
    result = report.look_up(json.loads(call.function.arguments))
    messages = [question, asked, {"role": "tool", "tool_call_id": call.id, "content": result}]
    reply = client.chat.completions.create(model=report.MODEL, messages=messages, tools=tools)
    return reply.choices[0].message.content, 1


report.main({"answer": answer, "stream": stream, "tool": tool})
