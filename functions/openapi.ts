/**
 * How the routes describe themselves in /openapi.json (OpenAPI 3.1), written from the schemas that check the requests.
 *
 * Every problem code is listed: by status at each operation, and one by one under `x-problems`, where the `type` of a
 * problem points.
 */
import { type DescribeRouteOptions, type GenerateSpecOptions, resolver } from 'hono-openapi';
import { PROBLEMS, type ProblemCode } from './problem.ts';
import { framesBody, momentsAnswer, problemAnswer, tokensBody } from './schema.ts';

/** What any request can meet. */
const ALWAYS = [
  'method-not-allowed',
  'index-missing',
  'index-unusable',
  'internal',
] as const satisfies readonly ProblemCode[];

/** What the requests for moments can meet. */
const OF_CLIPS = [
  'json-broken',
  'multipart-broken',
  'body-too-large',
  'content-type-unsupported',
  'field-unexpected',
  'k-out-of-range',
  'fit-unknown',
  'duration-out-of-range',
  'duration-contradicts-frames',
  'frames-missing',
  'frames-too-many',
  'image-unrecognised',
  'image-truncated',
  'image-too-large',
  'image-corrupt',
  'encoder-not-embedded',
  'encoder-mismatch',
  'tokens-shape',
  'tokens-base64',
  'tokens-not-finite',
] as const satisfies readonly ProblemCode[];

type Answer = Parameters<typeof resolver>[0];

/** An operation without a request body. */
export function operation(
  operationId: string,
  summary: string,
  answer: Answer,
  problems: readonly ProblemCode[] = [],
): DescribeRouteOptions {
  return {
    operationId,
    summary,
    responses: {
      200: { description: 'OK', content: { 'application/json': { schema: resolver(answer) } } },
      ...problemResponses([...problems, ...ALWAYS]),
    },
  };
}

/** An operation that takes a clip, as frames or as tokens. */
export function momentsOperation(
  operationId: string,
  summary: string,
  problems: readonly ProblemCode[] = [],
): DescribeRouteOptions {
  return {
    ...operation(operationId, summary, momentsAnswer, [...problems, ...OF_CLIPS]),
    requestBody: {
      required: true,
      content: {
        'multipart/form-data': { schema: resolver(framesBody) },
        'application/json': { schema: resolver(tokensBody) },
      },
    },
  };
}

/** The rest of the document. */
export const documentation = {
  openapi: '3.1.0',
  info: {
    title: 'Cuepoint',
    version: '1',
    description: 'Send a short video, get back the moment of your own music library that should play under it.',
  },
  'x-problems': PROBLEMS,
} as GenerateSpecOptions['documentation'];

function problemResponses(codes: readonly ProblemCode[]): NonNullable<DescribeRouteOptions['responses']> {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join('\n'),
        content: { 'application/problem+json': { schema: resolver(problemAnswer) } },
      },
    ]),
  );
}
