"""The Anthropic SDK for Python."""

from anthropic import Anthropic

import report

client = Anthropic(base_url=report.URL, api_key=report.KEY)
question = {"role": "user", "content": report.PROMPT}
limits = {"model": report.MODEL, "max_tokens": 1000}


def text(message):
    return "".join(block.text for block in message.content if block.type == "text")


def answer():
    return text(client.messages.create(messages=[question], system="Be brief.", **limits)), 1


def stream():
    with client.messages.stream(messages=[question], **limits) as events:
        _, moments = report.received(events.text_stream)
        return text(events.get_final_message()), moments


def tool():
    tools = [
        {"name": report.TOOL_NAME, "description": report.TOOL_DESCRIPTION, "input_schema": report.TOOL_SCHEMA}
    ]
    asked = client.messages.create(messages=[question], tools=tools, **limits)
    call = next(block for block in asked.content if block.type == "tool_use")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": report.look_up(call.input)}
    messages = [question, {"role": "assistant", "content": asked.content}, {"role": "user", "content": [result]}]
    return text(client.messages.create(messages=messages, tools=tools, **limits)), 1


report.main({"answer": answer, "stream": stream, "tool": tool})
