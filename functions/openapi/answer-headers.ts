/**
 * The headers of every answer, as /openapi.json describes them: which answers have which is a matter of their status and their path,
 * and not of the routes, since the guards in front of the routes set them.
 */

interface Header {
  description: string;
  schema: { type: 'string' | 'integer' };
}
/** What is used of an operation. */
export interface Operation {
  responses?: Record<string, { headers?: Record<string, unknown> }>;
}

const text = (description: string): Header => ({ description, schema: { type: 'string' } });

export const ANSWER_HEADERS = {
  'X-Request-Id': text("The request's own id, or one made for it: to quote when asking for help, and in feedback."),
  ETag: text('Of these very bytes. With If-None-Match they are not sent again.'),
  'Server-Timing': text('Milliseconds of each stage, in the order they ran (W3C Server Timing).'),
  'RateLimit-Policy': text('How many requests in how many seconds, where that is limited: "default";q=600;w=60.'),
  RateLimit: text('What is left of it, and when it begins again: "default";r=0;t=60.'),
  'Retry-After': { description: 'Seconds after which to try again, where that is known.', schema: { type: 'integer' } },
  Allow: text('The methods that this path takes.'),
  'WWW-Authenticate': text('How to authenticate (RFC 6750): Bearer, and what was wrong with the key.'),
  'Accept-Encoding': text('How a body may be compressed.'),
  'Content-Range': text('Such as bytes 0-65535/480000; of a range that is not there, bytes */480000.'),
} as const satisfies Record<string, Header>;
type Name = keyof typeof ANSWER_HEADERS;

/** @param path such as /v1/tracks/{id}; @param method in lower case */
export function addHeaders(path: string, method: string, { responses = {} }: Operation): void {
  for (const [status, response] of Object.entries(responses))
    response.headers = {
      ...Object.fromEntries(
        namesFor(path, method, status).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
      ),
      ...response.headers,
    };
}

const OF_STATUS: Readonly<Record<string, readonly Name[]>> = {
  206: ['ETag', 'Content-Range'],
  304: ['ETag'],
  401: ['WWW-Authenticate'],
  405: ['Allow'],
  415: ['Accept-Encoding'],
  416: ['Content-Range'],
  429: ['RateLimit', 'Retry-After'],
  503: ['Retry-After'],
};
/** Of what is refused before the rate is looked at. */
const UNCOUNTED = new Set(['401', '403', '405']);

function namesFor(path: string, method: string, status: string): Name[] {
  const names: Name[] = ['X-Request-Id', ...(OF_STATUS[status] ?? [])];
  const isGuarded = path.startsWith('/v1/') || path === '/metrics';
  const isTagged = path.startsWith('/v1/') && (method === 'get' || path.endsWith('/moments'));
  if (isGuarded && !UNCOUNTED.has(status)) names.push('RateLimit-Policy');
  if (isTagged && status === '200') names.push('ETag');
  if (path.endsWith('/moments') && (status === '200' || status === '304')) names.push('Server-Timing');
  if (status === '403' && !path.endsWith('/preview')) names.push('WWW-Authenticate');
  return names;
}
