/**
 * How the routes describe themselves in /openapi.json (OpenAPI 3.1), written from the schemas that check the requests.
 *
 * Every problem code is listed: by status at each operation, with an example, and one by one under `x-problems`, where the `type`
 * of a problem points. Examples of requests and answers stand in openapi/examples.ts, by the operation's id.
 */
import { type DescribeRouteOptions, type GenerateSpecOptions, resolver } from 'hono-openapi';
import { ANSWER_HEADERS } from './openapi/answer-headers.ts';
import { ANSWER_EXAMPLES, REQUEST_EXAMPLES } from './openapi/examples.ts';
import { type Parameter, pathParameter, queryParameters } from './openapi/parameters.ts';
import { problemExample, problemExamples } from './openapi/problem-examples.ts';
import { ALWAYS, OF_BODIES, OF_CLIPS, OF_INDEX, OF_KEYS } from './openapi/problem-groups.ts';
import { healthAnswer, momentsAnswer, problemAnswer } from './schema/answer.ts';
import { feedbackAnswer, feedbackBody } from './schema/feedback.ts';
import { filtersAnswer, filtersQuery } from './schema/filters.ts';
import { PROBLEMS, type ProblemCode } from './schema/problem.ts';
import { binaryQuery, framesBody, tokensBody } from './schema/request.ts';
import { studyAccepted, studyBody } from './schema/study.ts';
import { oneTrackAnswer, tracksAnswer, tracksQuery } from './schema/tracks.ts';

type Answer = Parameters<typeof resolver>[0];
type Responses = NonNullable<DescribeRouteOptions['responses']>;

/** An operation without a request body, about the index. */
export function operation(
  operationId: string,
  summary: string,
  answer: Answer,
  problems: readonly ProblemCode[] = [],
): DescribeRouteOptions {
  return {
    operationId,
    summary,
    tags: ['Service'],
    responses: {
      200: {
        description: 'OK',
        content: { 'application/json': { schema: resolver(answer), examples: ANSWER_EXAMPLES[operationId] } },
      },
      304: { description: 'The same as If-None-Match names' },
      ...problemResponses([...problems, ...OF_INDEX, ...OF_KEYS, ...ALWAYS]),
    },
  };
}

/** Open to everyone, and the answer of a moment: no key, no tag. */
export function healthOperation(): DescribeRouteOptions {
  return {
    operationId: 'checkHealth',
    summary: 'Opens the index if it is not open yet, and says whether it can be used',
    tags: ['Service'],
    security: [],
    responses: {
      200: {
        description: 'OK',
        content: { 'application/json': { schema: resolver(healthAnswer), examples: ANSWER_EXAMPLES.checkHealth } },
      },
      ...problemResponses([...OF_INDEX, ...ALWAYS]),
    },
  };
}

/** An operation that takes a clip, as frames or as tokens. */
export function momentsOperation(
  operationId: string,
  summary: string,
  problems: readonly ProblemCode[] = [],
): DescribeRouteOptions {
  const examples = REQUEST_EXAMPLES[operationId];
  return {
    ...operation(operationId, summary, momentsAnswer, [...problems, ...OF_BODIES, ...OF_CLIPS]),
    tags: ['Moments'],
    description: CLIP_FORMS,
    parameters: [
      ...(problems.includes('track-unknown') ? [pathParameter('id', 'Id of the track.')] : []),
      ...queryParameters(binaryQuery).map((parameter) => ({ ...parameter, required: false })),
    ],
    requestBody: {
      required: true,
      content: {
        'multipart/form-data': { schema: input(framesBody), examples: examples?.form },
        'application/json': { schema: input(tokensBody), examples: examples?.json },
        'application/octet-stream': { schema: { type: 'string', format: 'binary' }, examples: examples?.bytes },
      },
    },
  };
}

const CLIP_FORMS = `A clip is sent in one of three forms.

- \`multipart/form-data\`: its frames as images, one per second, and the options as fields.
- \`application/json\`: tokens of its frames in base64, and the options as members.
- \`application/octet-stream\`: the tokens' bytes alone, row by row and little-endian; with \`dtype=int8\` one float32 scale per token stands before all values. Only this form has the query: encoder, shape ("5,66"), durationMs, dtype and the options.

Objects (filters, exclude, diversity, prefer, avoid) and speechMs are JSON text in a form and in the query. A body may be compressed by gzip. It has at most 10 MiB, unpacked (JSON: 2 MiB), and comes at 8 KiB a second or more. A clip of many pixels counts as up to seven requests for the rate limit.`;

export function filtersOperation(): DescribeRouteOptions {
  return {
    ...operation(
      'listFilters',
      'Every field that filters can ask for, with its values and their counts',
      filtersAnswer,
      ['field-unexpected', 'filters-invalid'],
    ),
    tags: ['Tracks'],
    parameters: queryParameters(filtersQuery),
  };
}

export function tracksOperation(): DescribeRouteOptions {
  return {
    ...operation('listTracks', 'The tracks of the index, page by page', tracksAnswer, [
      'field-unexpected',
      'limit-out-of-range',
      'cursor-unknown',
      'filters-invalid',
      'search-invalid',
    ]),
    tags: ['Tracks'],
    parameters: queryParameters(tracksQuery),
  };
}

export function trackOperation(): DescribeRouteOptions {
  return {
    ...operation('describeTrack', 'One track of the index', oneTrackAnswer, ['track-unknown']),
    tags: ['Tracks'],
    parameters: [pathParameter('id', 'Id of the track.')],
  };
}

export function previewOperation(): DescribeRouteOptions {
  const sound = { 'audio/*': { schema: { type: 'string', format: 'binary' } as const } };
  const length = { 'Accept-Ranges': header('bytes'), ETag: header('Changes with the file.') };
  return {
    operationId: 'listenToTrack',
    summary: 'The preview of a track, whole or by byte ranges',
    tags: ['Tracks'],
    security: [],
    parameters: [
      pathParameter('id', 'Id of the track.'),
      {
        in: 'query',
        name: 'signature',
        description: 'As in the previewUrl that an answer names; holds until the index or the keys change.',
        schema: { type: 'string' },
      },
      requestHeader('Range', 'Such as bytes=0-65535. Of several ranges the whole file is sent.', 'bytes=0-65535'),
      requestHeader('If-Range', 'The ETag of the bytes one has: if it is another now, the whole file is sent.'),
    ],
    responses: {
      200: { description: 'The whole file', headers: length, content: sound },
      206: {
        description: 'The bytes that were asked for',
        headers: length,
        content: sound,
      },
      304: { description: 'The same as If-None-Match names' },
      ...problemResponses([
        'track-unknown',
        'preview-missing',
        'signature-invalid',
        'range-not-satisfiable',
        'rate-limited',
        'keys-missing',
        'keys-broken',
        ...OF_INDEX,
        ...ALWAYS,
      ]),
    },
  };
}

export function feedbackOperation(): DescribeRouteOptions {
  return {
    operationId: 'sendFeedback',
    summary: 'What was shown, played, used and edited: one event, or up to a hundred',
    tags: ['Feedback'],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: input(feedbackBody), examples: REQUEST_EXAMPLES.sendFeedback?.json } },
    },
    responses: {
      202: {
        description: 'All events were kept',
        content: { 'application/json': { schema: resolver(feedbackAnswer), examples: ANSWER_EXAMPLES.sendFeedback } },
      },
      ...problemResponses(['feedback-invalid', 'feedback-unavailable', ...OF_BODIES, ...OF_KEYS, ...ALWAYS]),
    },
  };
}

export function studyOperation(): DescribeRouteOptions {
  return {
    operationId: 'sendStudyAnswers',
    summary: 'What a participant of the published listening study answered',
    tags: ['Feedback'],
    security: [],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: input(studyBody), examples: REQUEST_EXAMPLES.sendStudyAnswers?.json } },
    },
    responses: {
      202: {
        description: 'All answers were kept',
        content: {
          'application/json': { schema: resolver(studyAccepted), examples: ANSWER_EXAMPLES.sendStudyAnswers },
        },
      },
      ...problemResponses([
        'study-missing',
        'study-invalid',
        'feedback-unavailable',
        'rate-limited',
        'keys-missing',
        'keys-broken',
        ...OF_BODIES,
        ...ALWAYS,
      ]),
    },
  };
}

export function metricsOperation(): DescribeRouteOptions {
  return {
    operationId: 'readMetrics',
    summary: "Counts and times of this isolate's requests, as Prometheus reads them",
    tags: ['Service'],
    responses: {
      200: {
        description: 'OK',
        content: { 'text/plain': { schema: { type: 'string' }, examples: ANSWER_EXAMPLES.readMetrics } },
      },
      ...problemResponses([...OF_KEYS, ...ALWAYS]),
    },
  };
}

/** The rest of the document. */
export const documentation = {
  openapi: '3.1.0',
  info: {
    title: 'Cuepoint',
    version: '1',
    description: `Send a short video, get back the moment of your own music library that should play under it.

Whatever goes wrong is answered as problem+json (RFC 9457) with a \`code\` that never changes its meaning and a \`detail\` that says what was expected, what came, and what to do. All codes stand under \`x-problems\` of this document. Answers to GET have an \`ETag\`.`,
  },
  tags: [
    { name: 'Moments', description: 'Which track, from where to where.' },
    { name: 'Tracks', description: 'What the index holds.' },
    { name: 'Feedback', description: 'What became of the answers.' },
    { name: 'Service', description: 'How it is, and of what it answers.' },
  ],
  servers: [{ url: '/', description: 'The service that this document is of.' }],
  components: {
    headers: ANSWER_HEADERS,
    examples: problemExamples(),
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'An API key. Not needed where the service is open.' },
      header: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The same key.' },
    },
  },
  security: [{ bearer: [] }, { header: [] }],
  'x-problems': Object.fromEntries(
    Object.entries(PROBLEMS).map(([code, kind]) => [code, { ...kind, example: problemExample(code as ProblemCode) }]),
  ),
} as GenerateSpecOptions['documentation'];

function problemResponses(codes: readonly ProblemCode[]): Responses {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join('\n'),
        content: {
          'application/problem+json': {
            schema: resolver(problemAnswer),
            examples: Object.fromEntries(same.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
          },
        },
      },
    ]),
  );
}

/** What a client has to send, where a default need not be. */
function input(schema: Answer): ReturnType<typeof resolver> {
  return resolver(schema, { options: { io: 'input' } });
}

function header(description: string) {
  return { description, schema: { type: 'string' } } as const;
}

function requestHeader(name: string, description: string, example?: string): Parameter {
  return { in: 'header', name, description, example, schema: { type: 'string' } };
}
