"""The OpenAI SDK for Python: responses."""

import json

from openai import OpenAI

import report

client = OpenAI(base_url=f"{report.URL}/v1", api_key=report.KEY)
question = {"role": "user", "content": report.PROMPT}


def answer():
    return client.responses.create(model=report.MODEL, input=report.PROMPT).output_text, 1


def stream():
    with client.responses.stream(model=report.MODEL, input=report.PROMPT) as events:
        _, moments = report.received(event.delta for event in events if event.type == "response.output_text.delta")
        return events.get_final_response().output_text, moments


def tool():
    tools = [
        {
            "type": "function",
            "name": report.TOOL_NAME,
            "description": report.TOOL_DESCRIPTION,
            "parameters": report.TOOL_SCHEMA,
        }
    ]
    asked = client.responses.create(model=report.MODEL, input=[question], tools=tools)
    call = next(item for item in asked.output if item.type == "function_call")
    result = report.look_up(json.loads(call.arguments))
    items = [question, *asked.output, {"type": "function_call_output", "call_id": call.call_id, "output": result}]
    return client.responses.create(model=report.MODEL, input=items, tools=tools).output_text, 1


report.main({"answer": answer, "stream": stream, "tool": tool})
