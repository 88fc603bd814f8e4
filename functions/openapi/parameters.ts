/** Parameters of an operation, from the zod schema that checks them. */
import type { DescribeRouteOptions } from 'hono-openapi';
import * as z from 'zod';

export type Parameter = NonNullable<DescribeRouteOptions['parameters']>[number];

/** One that stands in the path, as text. */
export function pathParameter(name: string, description: string): Parameter {
  return { in: 'path', name, required: true, description, schema: { type: 'string' } };
}

/** A list is sent as "5,66", an object and a list of lists as JSON text. */
export function queryParameters(schema: z.ZodObject): Extract<Parameter, { in: string }>[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const { $schema: _, description, ...json } = z.toJSONSchema(field as z.ZodType, { io: 'input', reused: 'inline' });
    const required = !z.safeParse(field as z.ZodType, undefined).success;
    const parameter = { in: 'query', name, description, required } as const;
    // A schema with a name of its own stands among the components already.
    if (name === 'filters')
      return { ...parameter, content: { 'application/json': { schema: { $ref: '#/components/schemas/Filters' } } } };
    const isDeep = json.type === 'array' && (json.items as { type?: string } | undefined)?.type === 'array';
    if (json.type === 'object' || isDeep)
      return { ...parameter, content: { 'application/json': { schema: json as object } } };
    if (json.type === 'array') return { ...parameter, style: 'form', explode: false, schema: json as object };
    return { ...parameter, schema: json as object };
  });
}
