/**
 * Defaults of what a client sends, in words. `default` says what a server assumes, and generators of clients take it for a value
 * that is always there: openapi-typescript makes such a member of a schema required, unless a flag says otherwise.
 */

interface Schema {
  $ref?: string;
  description?: string;
  default?: unknown;
  [member: string]: unknown;
}

const SCHEMAS = '#/components/schemas/';

/** Change a schema of a request in place, and those that it refers to. @param schemas of the document's components */
export function describeDefaults(
  schema: unknown,
  schemas: Readonly<Record<string, unknown>>,
  told = new Set<unknown>(),
): void {
  if (typeof schema !== 'object' || schema === null || told.has(schema)) return;
  told.add(schema);
  const { $ref, description = '' } = schema as Schema;
  if (typeof $ref === 'string' && $ref.startsWith(SCHEMAS))
    describeDefaults(schemas[$ref.slice(SCHEMAS.length)], schemas, told);
  if ('default' in schema) {
    (schema as Schema).description =
      `${description}${description ? ' ' : ''}Unless given: ${JSON.stringify(schema.default)}.`;
    delete schema.default;
  }
  for (const inner of Object.values(schema)) describeDefaults(inner, schemas, told);
}
