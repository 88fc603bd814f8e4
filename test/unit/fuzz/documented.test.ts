/** That the judge of fuzzing condemns what it should: a fuzz test whose judge lets all pass finds nothing. */
import { expect, test } from 'vitest';
import { documentedOutcome, type OpenApi } from '../../fuzz/documented.ts';

const problem = { 'application/problem+json': { examples: { 'k-out-of-range': {} } } };
const document: OpenApi = {
  paths: { '/v1/moments': { post: { responses: { 200: {}, 422: { content: problem } } } } },
  'x-problems': { 'k-out-of-range': { status: 422 }, 'fit-unknown': { status: 422 }, internal: { status: 500 } },
};
const HEADERS = { 'x-request-id': 'r', 'x-content-type-options': 'nosniff' };

interface Over {
  status?: number;
  code?: string;
  body?: string;
  headers?: Record<string, string>;
}

function judge({ status = 422, code = 'k-out-of-range', body, headers = HEADERS }: Over): Promise<string> {
  const text = body ?? JSON.stringify({ code, status, requestId: 'r', detail: 'k: expected 1, got 0.' });
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  const response = new Response(text, { status, headers: { 'content-type': type, ...headers } });
  return documentedOutcome(document, 'POST /v1/moments', response);
}

test('a listed problem and an answer are let pass', async () => {
  expect(await judge({})).toBe('422 k-out-of-range');
  expect(await judge({ status: 200, body: '{}' })).toBe('200');
});

test.each<[string, Over, RegExp]>([
  ['a failure of ours', { status: 500, code: 'internal' }, /answered 500/],
  ['a code that the operation does not list', { code: 'fit-unknown' }, /undocumented/],
  ['a code with another status', { status: 400 }, /undocumented/],
  ['a status that is not listed', { status: 201, body: '{}' }, /undocumented/],
  ['half of an answer', { status: 200, body: '{' }, /JSON/],
  ['another request’s id', { headers: { ...HEADERS, 'x-request-id': 's' } }, /another request's id/],
  ['an answer without headers of safety', { headers: { 'x-request-id': 'r' } }, /without x-content-type-options/],
  ['a text instead of a problem', { headers: { ...HEADERS, 'content-type': 'text/plain' } }, /no problem\+json/],
])('%s is condemned', async (_, over, message) => {
  await expect(judge(over)).rejects.toThrow(message);
});
