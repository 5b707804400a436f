"""The Google Gen AI SDK for Python."""

from google import genai
from google.genai import types

import report

client = genai.Client(api_key=report.KEY, http_options=types.HttpOptions(base_url=report.URL))


def answer():
    config = types.GenerateContentConfig(system_instruction="Be brief.")
    return client.models.generate_content(model=report.MODEL, contents=report.PROMPT, config=config).text, 1


def stream():
    chunks = client.models.generate_content_stream(model=report.MODEL, contents=report.PROMPT)
    return report.received(chunk.text or "" for chunk in chunks)


def tool():
    declaration = types.FunctionDeclaration(
        name=report.TOOL_NAME, description=report.TOOL_DESCRIPTION, parameters_json_schema=report.TOOL_SCHEMA
    )
    config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[declaration])])
    question = types.Content(role="user", parts=[types.Part(text=report.PROMPT)])
    asked = client.models.generate_content(model=report.MODEL, contents=[question], config=config)
    call = asked.function_calls[0]
    result = types.Part.from_function_response(name=call.name, response={"output": report.look_up(call.args)})
    contents = [question, asked.candidates[0].content, types.Content(role="user", parts=[result])]
    return client.models.generate_content(model=report.MODEL, contents=contents, config=config).text, 1


report.main({"answer": answer, "stream": stream, "tool": tool})
