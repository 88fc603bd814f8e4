/**
 * POST /mcp: the tools for agents over the Model Context Protocol (streamable HTTP, revision 2025-06-18), without sessions.
 *
 * A tool call is a request to the API like any other, sent through the app itself: it needs the caller's key, counts against its rate, and waits its turn in the queue.
 * Other messages (initialize, tools/list) count as a request each. Answers come as JSON; there is nothing to stream, so GET, which would open
 * a stream, is not allowed, as the protocol lets a server say.
 */
import type { Context, Hono } from 'hono';
import { answerMessage, PROTOCOLS, type Reply } from '../agent/answer-message.ts';
import type { AskApi } from '../agent/call-tool.ts';
import { readJsonObject } from '../clip-request.ts';
import { readSmallBody } from '../guard/bodies.ts';
import { chargeRate } from '../guard/rate-limit.ts';
import { quote } from '../schema/problem.ts';
import type { Service } from '../service.ts';

/** Fifty tokens of 768 values have 205 kB as base64; fifty pictures of 320 pixels about three times as much. */
const BODY_LIMIT = 1024 * 1024;

export function addMcp(app: Hono<Service>): void {
  app.post('/mcp', async (c) => {
    const message = readJsonObject(await readSmallBody(c, BODY_LIMIT));
    if (message.method !== 'tools/call') await chargeRate(c, 1);
    const spoken = c.req.header('mcp-protocol-version');
    if (spoken !== undefined && !PROTOCOLS.some((known) => known === spoken))
      return c.json(unknownProtocol(spoken), 400);
    const reply = await answerMessage(message, askThrough(app, c));
    return reply ? c.json(reply) : c.body(null, 202);
  });
}

/** As the protocol has it ("Protocol Version Header"), and JSON-RPC. */
function unknownProtocol(spoken: string): Reply {
  const message = `mcp-protocol-version: expected one of ${PROTOCOLS.join(', ')}, got ${quote(spoken)}. Send the one that initialize answered.`;
  return { jsonrpc: '2.0', id: null, error: { code: -32600, message } };
}

/** As who sent the message: what says who that is goes along. */
const FORWARDED = ['authorization', 'x-api-key', 'cf-connecting-ip'];

function askThrough(app: Hono<Service>, c: Context<Service>): AskApi {
  return async (path, body) => {
    const headers = new Headers({ 'x-request-id': c.get('requestId') });
    for (const name of FORWARDED) {
      const value = c.req.header(name);
      if (value !== undefined) headers.set(name, value);
    }
    if (typeof body === 'string') headers.set('content-type', 'application/json');
    const method = body === undefined ? 'GET' : 'POST';
    const response = await app.request(path, { method, headers, body, signal: c.req.raw.signal }, c.env);
    const retryAfter = response.headers.get('retry-after') ?? undefined;
    return { status: response.status, retryAfter, body: await response.json() };
  };
}
