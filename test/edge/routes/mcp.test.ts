/** POST /mcp inside workerd, message by message; a client of the official SDK speaks to it in e2e/mcp.test.ts. */
import { describe, expect, it } from 'vitest';
import { ask, ENCODER, tokensBody } from '../ask.ts';
import { bearer, withKeys } from '../guard/keys-for-tests.ts';

/** What of an answer is looked at. */
interface Answer {
  moments: { track: { id: string }; startMs: number; relevance: number }[];
  tracks: { id: string }[];
  fields: unknown[];
  mix: { duck: object[] };
}
interface Reply {
  result: {
    structuredContent: Answer;
    content: { text: string }[];
    isError?: boolean;
    tools: { inputSchema: { type: string } }[];
  };
  error: { code: number };
}

async function send(
  message: unknown,
  { headers = {}, settings }: { headers?: Record<string, string>; settings?: object } = {},
) {
  const body = typeof message === 'string' ? message : JSON.stringify(message);
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
  const response = await ask('/mcp', init, settings as never);
  const text = await response.text();
  return { status: response.status, reply: text ? (JSON.parse(text) as Reply) : undefined };
}
const message = (method: string, params?: object) => ({ jsonrpc: '2.0', id: 1, method, ...(params ? { params } : {}) });
const call = (name: string, given: object) => message('tools/call', { name, arguments: given });
const clip = JSON.parse(tokensBody(6, [1, 0])) as object;

describe('the tools', () => {
  it('find moments as the API does, without what is only drawn', async () => {
    const answer = (await (
      await ask('/v1/moments', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(clip),
      })
    ).json()) as Answer;
    const { reply } = await send(call('find_moments', clip));
    const { structuredContent, content } = reply!.result;
    expect(structuredContent.moments.map((moment) => [moment.track.id, moment.startMs, moment.relevance])).toEqual(
      answer.moments.map((moment) => [moment.track.id, moment.startMs, moment.relevance]),
    );
    expect(JSON.parse(content[0].text)).toEqual(structuredContent);
    expect(Object.keys(structuredContent.moments[0])).not.toContain('curve');
  });

  it('find the place in a track, list tracks, name filters and say how to mix', async () => {
    const { reply } = await send(call('list_tracks', { limit: 1 }));
    const [{ id }] = reply!.result.structuredContent.tracks;
    const inTrack = await send(call('moment_in_track', { ...clip, trackId: id }));
    expect(inTrack.reply!.result.structuredContent.moments[0].track.id).toBe(id);
    const filters = await send(call('filters', {}));
    expect(filters.reply!.result.structuredContent.fields.length).toBeGreaterThan(0);
    const mix = await send(call('mix_spec', { ...clip, trackId: id, speechMs: [[1000, 2000]] }));
    expect(mix.reply!.result.structuredContent.mix.duck).toEqual([{ startMs: 800, endMs: 2500, gainDb: -12 }]);
  });

  it('tell in words what is wrong', async () => {
    for (const [given, text] of [
      [call('find_moments', { ...clip, k: 0 }), '(k-out-of-range)'],
      [call('moment_in_track', clip), '(track-unknown)'],
      [call('find_moments', { ...clip, colour: 'red' }), '(field-unexpected)'],
      [call('find_moments', { frames: ['no base64!'] }), '(image-'],
      [call('sing', {}), 'tool: expected one of find_moments'],
    ] as const) {
      const { status, reply } = await send(given);
      expect(status).toBe(200);
      expect(reply!.result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining(text) }] });
    }
  });
});

describe('the protocol', () => {
  it('begins with the revision of the client, where it is known', async () => {
    for (const [asked, spoken] of [
      ['2025-06-18', '2025-06-18'],
      ['1999-01-01', '2025-11-25'],
    ])
      expect((await send(message('initialize', { protocolVersion: asked }))).reply!.result).toMatchObject({
        protocolVersion: spoken,
        capabilities: { tools: {} },
        serverInfo: { name: 'cuepoint' },
      });
    expect(await send({ jsonrpc: '2.0', method: 'notifications/initialized' })).toEqual({
      status: 202,
      reply: undefined,
    });
    expect(await send({ jsonrpc: '2.0', id: 7, result: {} })).toEqual({ status: 202, reply: undefined });
    expect((await send(message('ping'))).reply).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
  });

  it('lists tools whose schemas are objects', async () => {
    const { tools } = (await send(message('tools/list'))).reply!.result;
    expect(tools).toHaveLength(5);
    for (const { inputSchema } of tools) expect(inputSchema.type).toBe('object');
  });

  it('answers what it does not know by codes of JSON-RPC', async () => {
    for (const [given, code] of [
      [message('resources/list'), -32601],
      [message('tools/call', { name: 3 }), -32602],
      [{ id: 1, method: 'ping' }, -32600],
      [{ jsonrpc: '2.0', id: {}, method: 'ping' }, -32600],
      [{ jsonrpc: '2.0', id: 1 }, -32600],
    ] as const)
      expect((await send(given)).reply!.error.code).toBe(code);
    const other = await send(message('ping'), { headers: { 'mcp-protocol-version': '1999-01-01' } });
    expect([other.status, other.reply!.error.code]).toEqual([400, -32600]);
  });

  it('refuses what is no message, is too large, or wants a stream', async () => {
    expect(await send('[')).toMatchObject({ status: 400, reply: { code: 'json-broken' } });
    expect(await send([message('ping')])).toMatchObject({ status: 400, reply: { code: 'json-broken' } });
    expect(await send(`{"a":"${'x'.repeat(1 << 20)}"}`)).toMatchObject({ status: 413 });
    expect((await ask('/mcp')).status).toBe(405);
  });
});

describe('who may ask', () => {
  it('needs a key for every message, and each tool call is a request of that key', async () => {
    const settings = await withKeys({ app: { scopes: ['ground'] } });
    expect(await send(message('tools/list'), { settings })).toMatchObject({
      status: 401,
      reply: { code: 'key-missing' },
    });
    const counted: string[] = [];
    const RATE_LIMIT = {
      limit: async ({ key }: { key: string }) => ({ success: counted.push(key) > 0 && counted.length <= 2 }),
    };
    const limited = { ...settings, RATE_LIMIT, RATE_LIMIT_QUOTA: 2, RATE_LIMIT_WINDOW_SEC: 60 };
    const { headers } = bearer('app');
    expect((await send(message('tools/list'), { headers, settings: limited })).status).toBe(200);
    expect(
      (await send(call('find_moments', clip), { headers, settings: limited })).reply!.result.isError,
    ).toBeUndefined();
    expect(counted).toHaveLength(2);
    const { reply } = await send(call('find_moments', clip), { headers, settings: limited });
    expect(reply!.result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('(rate-limited)') }],
    });
  });
});

it('takes the index as it is: tokens of another encoder are refused by name', async () => {
  const { reply } = await send(call('find_moments', { ...clip, encoder: `${ENCODER.name}-2` }));
  expect(reply!.result.content[0].text).toContain('(encoder-mismatch)');
});
