/** The Worker as it is deployed, spoken to by the official SDK's own client over streamable HTTP. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { MomentsAnswer } from '../../functions/schema/answer.ts';
import { form, jpegFrame } from './requests.ts';
import { type AnsweringService, sharedService } from './service.ts';

let service: AnsweringService;
let client: Client;
beforeAll(async () => {
  service = await sharedService(inject('sharedService'));
  client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', service.url)));
});
afterAll(async () => {
  await client?.close();
});

async function call(name: string, given: Record<string, unknown>) {
  const { structuredContent, isError } = await client.callTool({ name, arguments: given }, undefined, {
    timeout: 600_000,
  });
  return { answer: structuredContent as unknown as MomentsAnswer & { tracks: { id: string }[] }, isError };
}

it('tells its tools, and answers by them what the API answers', async () => {
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain('find_moments');
  const pictures = await Promise.all([0, 1, 2, 3, 4, 5].map(jpegFrame));
  const frames = pictures.map((picture) => Buffer.from(picture).toString('base64'));
  const { moments } = (await (await service.send(form(pictures, { k: '2' }))).json()) as MomentsAnswer;
  const { answer } = await call('find_moments', { frames, k: 2 });
  expect(answer.moments.map(({ track, startMs }) => [track.id, startMs])).toEqual(
    moments.map(({ track, startMs }) => [track.id, startMs]),
  );
  expect((await call('list_tracks', {})).answer.tracks).toHaveLength(4);
  expect(await call('find_moments', { frames: [] })).toMatchObject({ isError: true });
});
