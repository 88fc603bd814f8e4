/** Whether an answer is one that /openapi.json lists for its operation: by status, by code, and never a failure of ours. */

interface Media {
  examples?: Record<string, unknown>;
}
interface Operation {
  responses: Record<string, { content?: Record<string, Media> }>;
}
export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  'x-problems': Record<string, { status: number }>;
}

/** What may come from any address, whatever operation was meant: it may not exist, or not take the method. */
const ANYWHERE = ['path-unknown', 'method-not-allowed'];

/**
 * @param operation such as "POST /v1/moments"; undefined where it may have been any
 * @returns the status, and the code of a problem
 * @throws Error that says what is not documented
 */
export async function documentedOutcome(
  document: OpenApi,
  operation: string | undefined,
  response: Response,
): Promise<string> {
  const { status } = response;
  const text = new TextDecoder().decode(await response.arrayBuffer());
  const type = (response.headers.get('content-type') ?? '').split(';')[0];
  const told = `${operation ?? 'somewhere'} answered ${status} ${type} ${text.slice(0, 300)}`;
  if (status >= 500) throw new Error(told);
  for (const name of ['x-request-id', 'x-content-type-options'])
    if (!response.headers.has(name)) throw new Error(`without ${name}: ${told}`);
  if (!operation && text === '') return String(status); // HEAD, and a preflight
  if (type === 'application/problem+json') {
    const problem = JSON.parse(text) as { code: string; status: number; requestId: string; detail: string };
    const isOne = document['x-problems'][problem.code]?.status === status && problem.status === status;
    const isListed = operation ? codesOf(document, operation, status).includes(problem.code) : true;
    if (!isOne || !(isListed || ANYWHERE.includes(problem.code))) throw new Error(`undocumented: ${told}`);
    if (problem.requestId !== response.headers.get('x-request-id')) throw new Error(`another request's id: ${told}`);
    if (problem.detail.length > 1000) throw new Error(`a detail of ${problem.detail.length} characters: ${told}`);
    return `${status} ${problem.code}`;
  }
  if (status >= 400) throw new Error(`no problem+json: ${told}`);
  if (operation && !responsesOf(document, operation)[String(status)]) throw new Error(`undocumented: ${told}`);
  if (type === 'application/json' && text) JSON.parse(text);
  return String(status);
}

function responsesOf({ paths }: OpenApi, operation: string): Operation['responses'] {
  const [method, path] = operation.split(' ');
  const found = paths[path]?.[method.toLowerCase()];
  if (!found) throw new Error(`/openapi.json has no ${operation}`);
  return found.responses;
}

function codesOf(document: OpenApi, operation: string, status: number): string[] {
  const media = responsesOf(document, operation)[String(status)]?.content?.['application/problem+json'];
  return Object.keys(media?.examples ?? {});
}
