/** `cuepoint mcp`: the tools for agents over standard input and output, for clips that lie here: of a service, or of a local index. */
import { join } from 'node:path';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ListToolsRequestSchema,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js';
import { defineCommand } from 'citty';
import { INSTRUCTIONS, SERVER } from '../../functions/agent/answer-message.ts';
import { type AskApi, callTool, type ToolResult } from '../../functions/agent/call-tool.ts';
import { toolsFor } from '../../functions/agent/tools.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { BUNDLE } from '../lib/places.ts';
import { withServedIndex } from '../local-worker/served-index.ts';
import { withClip } from '../mix/clip-arguments.ts';
import type { IndexAnswer } from '../service-client/answers.ts';
import { openService, type Service, textOf } from '../service-client/service.ts';
import { fromHere, root, withUserErrors } from './command.ts';

export const mcpCommand = defineCommand({
  meta: {
    name: 'mcp',
    description: 'Serve the tools for agents (Model Context Protocol) over standard input and output.',
  },
  args: {
    url: { type: 'string', description: 'a running service; a local index is served unless given' },
    key: { type: 'string', description: 'an API key with the scope "ground"; CUEPOINT_KEY does as well' },
    index: { type: 'string', description: `folder of the local index; ${BUNDLE} unless given` },
  },
  run: withUserErrors(async ({ args: { url, key, index } }) => {
    if (url !== undefined) return serve(openService(url, key ?? process.env.CUEPOINT_KEY));
    // What is said goes to standard error: standard output is the protocol's.
    const directory = index === undefined ? join(root, BUNDLE) : fromHere(index);
    process.stderr.write(`mcp: starting a service on ${directory} …\n`);
    await untilInterrupted((signal) =>
      withServedIndex(root, { directory, signal }, (at) => serve(openService(at), signal)),
    );
  }),
});

/** Until the other side goes away, or the signal. */
async function serve(service: Service, signal?: AbortSignal): Promise<void> {
  const server = new Server(SERVER, { capabilities: { tools: {} }, instructions: INSTRUCTIONS });
  const gone = new Promise<void>((settle) => {
    server.onclose = settle;
    process.stdin.once('end', settle);
    signal?.addEventListener('abort', () => settle(), { once: true });
  });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: toolsFor('file') as unknown as Tool[] }));
  server.setRequestHandler(
    CallToolRequestSchema,
    ({ params: { name, arguments: given = {} } }) => called(service, name, given) as Promise<CallToolResult>,
  );
  await server.connect(new StdioServerTransport());
  process.stderr.write(`mcp: ready, asks ${service.url.href}\n`);
  await gone;
  await server.close();
}

/** What is wrong with the clip, or with the service, is told to the model. */
async function called(service: Service, name: string, given: Record<string, unknown>): Promise<ToolResult> {
  try {
    const tool = toolsFor('file').find((one) => one.name === name);
    const takesClip = tool?.inputSchema.required?.includes('clip') ?? false;
    const ask = askThrough(service);
    if (!takesClip) return await callTool(name, given, ask);
    const index = JSON.parse(textOf(await service.ask('/v1/index'))) as IndexAnswer;
    const wantsSpeech = name === 'mix_spec';
    return await callTool(name, await withClip(given, { index, wantsSpeech, resolve: fromHere }), ask);
  } catch (error) {
    return { content: [{ type: 'text', text: (error as Error).message }], isError: true };
  }
}

function askThrough(service: Service): AskApi {
  return async (path, body) => {
    const headers = typeof body === 'string' ? { 'content-type': 'application/json' } : undefined;
    const reply = await service.ask(path, body === undefined ? {} : { body, headers });
    const text = textOf(reply);
    const retryAfter = reply.headers.get('retry-after') ?? undefined;
    return { status: reply.status, retryAfter, body: text ? JSON.parse(text) : undefined };
  };
}
