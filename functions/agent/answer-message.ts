/**
 * One message of the Model Context Protocol answered: revision 2025-06-18 and its neighbours, JSON-RPC 2.0, tools only, no sessions.
 *
 * What a server without sessions needs of it is this page. The official SDK's server would add 88 kB (compressed) and a third to what an isolate takes to
 * start (docs/experiments.md); its client is what the tests speak to this with, and where start-up does not matter its server is used
 * (offline/commands/mcp.ts).
 */
import { type AskApi, callTool } from './call-tool.ts';
import { toolsFor } from './tools.ts';

/** Newest first. They differ in what is not used here. */
export const PROTOCOLS = ['2025-11-25', '2025-06-18', '2025-03-26'] as const;

export const SERVER = { name: 'cuepoint', title: 'Cuepoint', version: '0.1.0' } as const;
export const INSTRUCTIONS =
  'Finds the moment of a music library that should play under a short video. Ask find_moments first; its startMs and endMs are milliseconds of the track. mix_spec has all that a mix needs. Times of cuts and speech are milliseconds of the clip.';

/** What is sent back as JSON; undefined for what needs no answer. */
export type Reply = { jsonrpc: '2.0'; id: unknown } & (
  | { result: object }
  | { error: { code: number; message: string } }
);

// https://www.jsonrpc.org/specification#error_object
const [INVALID_REQUEST, NO_SUCH_METHOD, INVALID_PARAMS] = [-32600, -32601, -32602];

export async function answerMessage(
  message: Readonly<Record<string, unknown>>,
  ask: AskApi,
): Promise<Reply | undefined> {
  const { jsonrpc, id, method, params = {} } = message;
  const failed = (code: number, text: string): Reply => ({
    jsonrpc: '2.0',
    id: id ?? null,
    error: { code, message: text },
  });
  if (jsonrpc !== '2.0') return failed(INVALID_REQUEST, 'message: expected jsonrpc "2.0". Send JSON-RPC 2.0.');
  if (typeof method !== 'string') {
    const isAnswer = 'result' in message || 'error' in message; // nothing was asked, so nothing waits for it
    return isAnswer ? undefined : failed(INVALID_REQUEST, 'message: expected a method. Send JSON-RPC 2.0.');
  }
  if (id === undefined) return undefined; // a notification
  if (typeof id !== 'string' && typeof id !== 'number')
    return failed(INVALID_REQUEST, 'id: expected a string or a number.');
  if (typeof params !== 'object' || params === null) return failed(INVALID_PARAMS, 'params: expected an object.');
  const done = (result: object): Reply => ({ jsonrpc: '2.0', id, result });
  if (method === 'initialize') return done(initialised(params));
  if (method === 'ping') return done({});
  if (method === 'tools/list') return done({ tools: toolsFor('sent') });
  if (method !== 'tools/call')
    return failed(
      NO_SUCH_METHOD,
      `method: expected initialize, ping, tools/list or tools/call, got "${method.slice(0, 100)}".`,
    );
  const { name, arguments: given = {} } = params as { name?: unknown; arguments?: unknown };
  if (typeof name !== 'string' || typeof given !== 'object' || given === null || Array.isArray(given))
    return failed(INVALID_PARAMS, 'params: expected the name of a tool, and arguments as an object.');
  return done(await callTool(name, given as Record<string, unknown>, ask));
}

/** The client's revision where it is known, else the newest: it may go or stay. */
function initialised(params: object): object {
  const { protocolVersion } = params as { protocolVersion?: unknown };
  const known = PROTOCOLS.find((one) => one === protocolVersion) ?? PROTOCOLS[0];
  return { protocolVersion: known, capabilities: { tools: {} }, serverInfo: SERVER, instructions: INSTRUCTIONS };
}
