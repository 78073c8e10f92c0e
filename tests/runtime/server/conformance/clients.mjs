// The official clients of npm, at one server: what they get, as JSON lines on the standard output.
//   node clients.mjs good MODULES URL ...    each answer, once a URL
//   node clients.mjs faults MODULES URL FAMILY COUNT    the text, or the error, of each fault
import { createRequire } from "node:module";
import { join } from "node:path";

const [, , what, modules, ...rest] = process.argv;
const require = createRequire(join(modules, "node_modules", "x.js"));
const OpenAI = require("openai").default ?? require("openai");
const Anthropic = require("@anthropic-ai/sdk").default ?? require("@anthropic-ai/sdk");

const clients = (url) => [
  new OpenAI({ baseURL: url, apiKey: "sk-test", maxRetries: 0 }),
  new Anthropic({ baseURL: url.replace(/\/v1$/, ""), apiKey: "sk-test", maxRetries: 0 }),
];
const hi = (content = "Hi") => [{ role: "user", content }];
const schema = { type: "object", properties: { city: { type: "string" } } };
const chatTools = [{ type: "function", function: { name: "weather", parameters: schema } }];
const tools = [{ type: "function", name: "weather", parameters: schema }];
const messageTools = [{ name: "weather", input_schema: schema }];
const format = { type: "json_schema", name: "person", schema: { type: "object" } };

const asks = {
  chat: (o) => o.chat.completions.create({ model: "m", messages: hi() }),
  "chat tools": (o) => o.chat.completions.create({ model: "m", messages: hi(), tools: chatTools }),
  "chat structured": (o) =>
    o.chat.completions.parse({
      model: "m",
      messages: hi(),
      response_format: { type: "json_schema", json_schema: format },
    }),
  completion: (o) => o.completions.create({ model: "m", prompt: "Hi" }),
  embedding: (o) => o.embeddings.create({ model: "m", input: "Hi", encoding_format: "float" }),
  response: (o) => o.responses.create({ model: "m", input: "Hi" }),
  "response structured": (o) => o.responses.parse({ model: "m", input: "Hi", text: { format } }),
  message: (_, a) => a.messages.create({ model: "m", messages: hi(), max_tokens: 9 }),
  "message tools": (_, a) =>
    a.messages.create({ model: "m", messages: hi(), max_tokens: 9, tools: messageTools }),
  tokens: (_, a) => a.messages.countTokens({ model: "m", messages: hi() }),
};
const streams = {
  chat: (o, _, said) =>
    o.chat.completions.create({
      model: "m",
      messages: hi(said),
      stream: true,
      stream_options: { include_usage: true },
    }),
  "chat tools": (o, _, said) =>
    o.chat.completions.create({ model: "m", messages: hi(said), tools: chatTools, stream: true }),
  text: (o, _, said = "Hi") => o.completions.create({ model: "m", prompt: said, stream: true }),
  response: (o, _, said = "Hi") => o.responses.create({ model: "m", input: said, stream: true }),
  "response tools": (o, _, said = "Hi") =>
    o.responses.create({ model: "m", input: said, tools, stream: true }),
  message: (_, a, said) =>
    a.messages.create({ model: "m", messages: hi(said), max_tokens: 9, stream: true }),
  "message tools": (_, a, said) =>
    a.messages.create({ model: "m", messages: hi(said), max_tokens: 9, tools: messageTools, stream: true }),
};

async function good(urls) {
  for (const url of urls) {
    const [openai, anthropic] = clients(url);
    for (const [name, ask] of Object.entries(asks)) {
      console.log(JSON.stringify({ url, name, found: await ask(openai, anthropic) }));
    }
    for (const [name, ask] of Object.entries(streams)) {
      const found = [];
      for await (const event of await ask(openai, anthropic)) found.push(event);
      console.log(JSON.stringify({ url, name: `${name} stream`, found }));
    }
  }
}

function add(found, event) {
  for (const choice of event.choices ?? []) {
    found.text += choice.text ?? choice.delta?.content ?? "";
    for (const call of choice.delta?.tool_calls ?? []) found.args += call.function?.arguments ?? "";
    found.finish = choice.finish_reason ?? found.finish;
  }
  if (event.type === "content_block_delta") {
    found.text += event.delta.text ?? "";
    found.args += event.delta.partial_json ?? "";
  }
  if (event.type === "message_delta") found.finish = event.delta.stop_reason;
  if (event.type === "response.output_text.delta") found.text += event.delta;
  if (event.type === "response.function_call_arguments.delta") found.args += event.delta;
  if (event.type === "response.completed") found.finish = event.response.status;
}

async function faults(url, family, count) {
  const [openai, anthropic] = clients(url);
  let next = 0;
  async function work() {
    while (next < Number(count)) {
      const number = next++;
      const found = { text: "", args: "", finish: null };
      try {
        const stream = await streams[family](openai, anthropic, `fault-${number}-`);
        for await (const event of stream) add(found, event);
        console.log(JSON.stringify({ number, found: [found.text, found.args, found.finish] }));
      } catch (error) {
        console.log(JSON.stringify({ number, error: error.constructor.name }));
      }
    }
  }
  console.error = () => {};
  await Promise.all(Array.from({ length: 8 }, work));
}

await (what === "good" ? good(rest) : faults(...rest));
