/**
 * TypeScript of the schemas of /openapi.json, for functions/page/api/types.ts.
 *
 * openapi-typescript does this, too, but needs TypeScript 5 beside it, and this project compiles with 7, whose compiler has no such API. The
 * schemas that zod writes use a dozen words of JSON Schema; any other word that changes a type is refused here, not passed over.
 */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema | boolean;
  prefixItems?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
}

/** What narrows values but not their type. */
const SILENT = new Set([
  ...['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'],
  ...['pattern', 'format', 'examples', 'default', 'propertyNames', 'contentEncoding', 'title', 'id', '$schema'],
  ...['exclusiveMinimum', 'exclusiveMaximum', 'contentMediaType'],
]);
const READ = new Set([
  ...['$ref', 'type', 'description', 'properties', 'required', 'additionalProperties', 'items', 'prefixItems'],
  ...['anyOf', 'allOf', 'enum', 'const'],
]);

/** An exported type for each schema, in their order. @throws Error when a schema has a word that is not known here */
export function typesOf(schemas: Readonly<Record<string, Schema>>): string {
  return Object.entries(schemas)
    .map(([name, schema]) => {
      const isObject = schema.type === 'object' && schema.properties !== undefined && !schema.anyOf;
      const type = typeOf(schema, '');
      return `${comment(schema, '')}export ${isObject ? `interface ${name} ${type}` : `type ${name} = ${type};`}\n`;
    })
    .join('\n');
}

function typeOf(schema: Schema, indent: string): string {
  for (const word of Object.keys(schema))
    if (!READ.has(word) && !SILENT.has(word))
      throw new Error(
        `client types: expected words of JSON Schema that are known here, got "${word}". Teach it to typesOf.`,
      );
  const { $ref, anyOf, allOf, type } = schema;
  if ($ref) return $ref.split('/').at(-1)!;
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value).replaceAll('"', "'")).join(' | ');
  if ('const' in schema) return JSON.stringify(schema.const).replaceAll('"', "'");
  if (anyOf) return anyOf.map((one) => typeOf(one, indent)).join(' | ');
  if (allOf) return allOf.map((one) => typeOf(one, indent)).join(' & ');
  if (Array.isArray(type)) return type.map((one) => typeOf({ ...schema, type: one }, indent)).join(' | ');
  if (type === 'object') return objectOf(schema, indent);
  if (type === 'array') return listOf(schema, indent);
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'string') return (schema as { format?: string }).format === 'binary' ? 'Blob' : 'string';
  if (type === 'boolean' || type === 'null') return type;
  throw new Error(`client types: expected a schema with a type, got ${JSON.stringify(schema).slice(0, 100)}.`);
}

function listOf({ items, prefixItems }: Schema, indent: string): string {
  if (prefixItems) return `[${prefixItems.map((one) => typeOf(one, indent)).join(', ')}]`;
  const item = typeof items === 'object' ? typeOf(items, indent) : 'unknown';
  return /[|&]/.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
}

function objectOf({ properties, required = [], additionalProperties }: Schema, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties ?? {}).map(([name, schema]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`;
    return `${comment(schema, inner)}${inner}${key}${required.includes(name) ? '' : '?'}: ${typeOf(schema, inner)};\n`;
  });
  if (lines.length > 0) return `{\n${lines.join('')}${indent}}`;
  return `Record<string, ${typeof additionalProperties === 'object' ? typeOf(additionalProperties, indent) : 'unknown'}>`;
}

const comment = ({ description }: Schema, indent: string): string =>
  description === undefined ? '' : `${indent}/** ${description.replaceAll('*/', '*\\/')} */\n`;
