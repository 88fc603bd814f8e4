import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createApp } from '../../functions/app.ts';
import { readClipRequest } from '../../functions/clip-request.ts';
import { codesWithExample } from '../../functions/openapi/problem-examples.ts';
import { healthAnswer, indexAnswer, momentAnswer, momentsAnswer } from '../../functions/schema/answer.ts';
import { feedbackAnswer, feedbackBody } from '../../functions/schema/feedback.ts';
import { filtersAnswer } from '../../functions/schema/filters.ts';
import { PROBLEMS, type ProblemDetails } from '../../functions/schema/problem.ts';
import { framesFields } from '../../functions/schema/request.ts';
import { oneTrackAnswer, tracksAnswer } from '../../functions/schema/tracks.ts';
import { unpackTokens } from '../../functions/tokens/unpack.ts';

interface Media {
  schema: { $ref?: string };
  examples?: Record<string, { $ref?: string; value: unknown }>;
}
interface Operation {
  operationId: string;
  summary: string;
  parameters?: { in: string; name: string; required?: boolean; schema?: object; content?: object }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { description: string; headers?: Record<string, object>; content?: Record<string, Media> }>;
}
interface Document {
  openapi: string;
  servers: object[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, { required?: string[]; properties: Record<string, { description?: string }> }>;
    examples: Record<string, { value: ProblemDetails }>;
  };
  'x-problems': Record<string, { status: number; title: string; example: ProblemDetails }>;
}

const answer = await createApp().request('/openapi.json', undefined, { ACCESS: 'open' });
const document = (await answer.clone().json()) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
);
const operation = (id: string): Operation => operations.find((one) => one.operation.operationId === id)!.operation;
const examplesOf = (media: Media | undefined): unknown[] =>
  Object.values(media?.examples ?? {}).map(({ value }) => value);

describe('the document at /openapi.json', () => {
  it('is OpenAPI 3.1 and has every route', () => {
    expect(answer.headers.get('etag')).toMatch(/^"/);
    expect(document.openapi).toBe('3.1.0');
    expect(operations.map(({ name }) => name).sort()).toEqual([
      'GET /healthz',
      'GET /metrics',
      'GET /v1/filters',
      'GET /v1/index',
      'GET /v1/tracks',
      'GET /v1/tracks/{id}',
      'GET /v1/tracks/{id}/preview',
      'POST /v1/feedback',
      'POST /v1/moments',
      'POST /v1/study',
      'POST /v1/tracks/{id}/moments',
    ]);
  });

  it('refers to nothing that it does not have', () => {
    const names = new Set<string>();
    JSON.stringify(document, (key, value) => {
      if (key === '$ref') names.add(value);
      return value;
    });
    expect(names.size).toBeGreaterThan(10);
    for (const name of names) {
      const path = name.slice(2).split('/');
      expect(
        path.reduce((inner: unknown, key) => (inner as Record<string, unknown>)?.[key], document),
        name,
      ).toBeDefined();
    }
  });

  it('asks clients for no field that has a default', () => {
    expect(document.components.schemas.TokensRequest.required).toEqual(['encoder', 'shape', 'tokens', 'durationMs']);
    expect(document.components.schemas.FramesRequest.required).toEqual(['frames']);
    expect(document.components.schemas.FeedbackEvent.required).not.toContain('at');
    const tokens = operation('groundInCatalogue').parameters?.filter(({ required }) => required);
    expect(tokens).toEqual([]); // each is for one of three forms of the body
  });

  it('says which service it is of', () => {
    expect(document.servers).toEqual([{ url: '/', description: expect.any(String) }]);
  });

  it('gives no member of a request a default that generators take for a value, and tells it in words', () => {
    for (const name of ['TokensRequest', 'FramesRequest', 'FeedbackRequest', 'StudyAnswers'])
      expect(JSON.stringify(document.components.schemas[name]), name).not.toContain('"default"');
    expect(document.components.schemas.TokensRequest.properties.k.description).toContain('Unless given: 5.');
    expect(document.components.schemas.FramesRequest.properties.fit.description).toContain('Unless given: "clip".');
  });

  it.each([
    ['groundInCatalogue', 200, ['ETag', 'RateLimit-Policy', 'Server-Timing', 'X-Request-Id']],
    ['groundInTrack', 304, ['ETag', 'RateLimit-Policy', 'Server-Timing', 'X-Request-Id']],
    ['groundInCatalogue', 429, ['RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id']],
    ['listTracks', 401, ['WWW-Authenticate', 'X-Request-Id']],
    ['listFilters', 405, ['Allow', 'X-Request-Id']],
    ['describeIndex', 200, ['ETag', 'RateLimit-Policy', 'X-Request-Id']],
    ['sendFeedback', 202, ['RateLimit-Policy', 'X-Request-Id']],
    ['sendFeedback', 415, ['Accept-Encoding', 'RateLimit-Policy', 'X-Request-Id']],
    ['checkHealth', 200, ['X-Request-Id']],
    ['checkHealth', 503, ['Retry-After', 'X-Request-Id']],
    ['listenToTrack', 206, ['Accept-Ranges', 'Content-Range', 'ETag', 'RateLimit-Policy', 'X-Request-Id']],
  ])('describes the headers of %s, %d', (id, status, names) => {
    expect(Object.keys(operation(id).responses[status].headers ?? {}).toSorted()).toEqual(names);
  });

  it('has a request id among the headers of every answer', () => {
    for (const { name, operation } of operations)
      for (const [status, { headers = {} }] of Object.entries(operation.responses))
        expect(Object.keys(headers), `${name} ${status}`).toContain('X-Request-Id');
  });

  it('names every option in the query of the tokens as bytes', () => {
    const names = operation('groundInTrack').parameters?.map(({ in: place, name }) => `${place} ${name}`);
    expect(names).toEqual([
      'path id',
      ...['encoder', 'shape', 'dtype', 'durationMs', ...Object.keys(framesFields.shape).slice(1)].map(
        (name) => `query ${name}`,
      ),
    ]);
  });

  it('has a description, an example and a status for every problem, and an operation that meets it', () => {
    const codes = Object.keys(PROBLEMS);
    expect(Object.keys(document['x-problems'])).toEqual(codes);
    expect(codesWithExample.toSorted()).toEqual(codes.toSorted());
    for (const [code, { status, title, example }] of Object.entries(document['x-problems'])) {
      expect(example).toMatchObject({ code, status, title, type: `/openapi.json#/x-problems/${code}` });
      if (code !== 'internal') expect(example.detail, code).toMatch(/^.+: expected .+\. .+\.$/s);
    }
    const met = operations.flatMap((one) =>
      Object.entries(one.operation.responses).flatMap(([status, { content }]) =>
        Object.keys(content?.['application/problem+json']?.examples ?? {}).map((code) => `${status} ${code}`),
      ),
    );
    const wanted = codes.filter((code) => code !== 'path-unknown');
    expect([...new Set(met)].toSorted()).toEqual(
      wanted.map((code) => `${PROBLEMS[code as keyof typeof PROBLEMS].status} ${code}`).toSorted(),
    );
  });

  it.each<[string, z.ZodType]>([
    ['groundInCatalogue', momentsAnswer.extend({ moments: z.array(momentAnswer.strict()) }).strict()],
    ['groundInTrack', momentsAnswer.strict()],
    ['listTracks', tracksAnswer.strict()],
    ['describeTrack', oneTrackAnswer.strict()],
    ['listFilters', filtersAnswer.strict()],
    ['describeIndex', indexAnswer.strict()],
    ['checkHealth', healthAnswer.strict()],
    ['sendFeedback', feedbackAnswer.strict()],
  ])('has examples of the answers of %s that are such answers', (id, schema) => {
    const { responses } = operation(id);
    const examples = examplesOf((responses[200] ?? responses[202]).content?.['application/json']);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(schema.parse(example)).toEqual(example);
  });

  it('has examples of tokens that are read as it says', async () => {
    const content = operation('groundInCatalogue').requestBody?.content;
    const numbers: number[][] = [];
    for (const example of examplesOf(content?.['application/json'])) {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(example) };
      const request = await readClipRequest(new Request('http://test/', init));
      if (request.kind === 'tokens') numbers.push([...unpackTokens(request)]);
    }
    const [text] = examplesOf(content?.['application/octet-stream']) as [string];
    const url = 'http://test/?encoder=my-encoder&shape=2,2&durationMs=2000&k=3';
    const body = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const headers = { 'content-type': 'application/octet-stream' };
    const request = await readClipRequest(new Request(url, { method: 'POST', headers, body }));
    if (request.kind === 'tokens') numbers.push([...unpackTokens(request)]);
    expect(numbers).toEqual([
      [1, -2, 0.5, 0],
      [1, -2, 0.5, 0],
      [1, -2, 0.5, 0],
    ]);
  });

  it('has examples of forms and feedback that are such requests', () => {
    const [form] = examplesOf(operation('groundInTrack').requestBody?.content['multipart/form-data']);
    const { frames, ...fields } = form as { frames: string[] };
    expect(frames.length).toBeGreaterThan(0);
    expect(framesFields.safeParse(fields).success).toBe(true);
    const events = examplesOf(operation('sendFeedback').requestBody?.content['application/json']);
    expect(events.length).toBeGreaterThan(1);
    for (const event of events) expect(feedbackBody.safeParse(event).error).toBeUndefined();
  });
});

describe('the reference at /docs', () => {
  it('asks nobody else for anything', async () => {
    const app = createApp();
    const page = await app.request('/docs', undefined, { ACCESS: 'open' });
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address);
    expect(named).toEqual(['data:,', '/', '/openapi.json', '/docs/scalar.js']);
    expect(/data-url="([^"]+)"/.exec(html)?.[1]).toBe('/openapi.json');
    const [, settings] = /data-configuration='([^']+)'/.exec(html) ?? [];
    expect(JSON.parse(settings)).toMatchObject({ withDefaultFonts: false, telemetry: false });
  });

  it('says what is missing where its script is not among the assets', async () => {
    const ASSETS = { fetch: async () => new Response(null, { status: 404 }) };
    const answer = await createApp().request('/docs/scalar.js', undefined, { ACCESS: 'open', ASSETS });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([404, 'path-unknown']);
  });
});
