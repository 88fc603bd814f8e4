/** Whether an answer is what /openapi.json says of its operation: its status is listed, and its JSON is of the schema there. */
import * as z from 'zod';
import type { OpenApi } from '../answers.ts';
import { type Reply, textOf } from '../service.ts';
import { meets } from './unmet.ts';

/** @param path as the document writes it, such as /v1/tracks/{id} @throws Unmet */
export function isDocumented(document: OpenApi, method: string, path: string, reply: Reply): void {
  const operation = document.paths[path]?.[method.toLowerCase()];
  meets(operation !== undefined, `/openapi.json to have ${method} ${path}`, Object.keys(document.paths));
  const response = operation.responses[String(reply.status)];
  const listed = Object.keys(operation.responses).join(', ');
  meets(response !== undefined, `one of the statuses of ${method} ${path}: ${listed}`, reply.status);
  const type = (reply.headers.get('content-type') ?? '').split(';')[0];
  const media = response.content?.[type];
  meets(media !== undefined, Object.keys(response.content ?? {}).join(' or ') || 'no body', type);
  const found = schemaOf(document, media.schema).safeParse(JSON.parse(textOf(reply)));
  const [issue] = found.error?.issues ?? [];
  meets(
    !issue,
    `an answer to ${method} ${path} as /openapi.json describes it`,
    `${issue?.path.join('.')}: ${issue?.message}`,
  );
}

/** zod knows definitions, which OpenAPI keeps as components. */
function schemaOf({ components }: OpenApi, schema: object): z.ZodType {
  const moved = JSON.stringify({ ...schema, $defs: components.schemas }).replaceAll(
    '#/components/schemas/',
    '#/$defs/',
  );
  return z.fromJSONSchema(JSON.parse(moved) as Parameters<typeof z.fromJSONSchema>[0]);
}
