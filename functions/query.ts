/** What a GET is asked by its query: fields as text, of which some are meant as whole numbers and others as JSON. */
import type * as z from 'zod';
import { checkFields, type FieldProblem } from './field-problem.ts';
import { Problem, quote } from './schema/problem.ts';

/** @throws Problem field-unexpected for what is there twice or not known, and that of the field for a value it cannot have */
export function readQuery<Schema extends z.ZodType>(
  schema: Schema,
  query: URLSearchParams,
  fields: Readonly<Record<string, FieldProblem>>,
  { numbers = [], objects = [] }: { numbers?: readonly string[]; objects?: readonly string[] } = {},
): z.output<Schema> {
  const values: Record<string, unknown> = Object.create(null);
  for (const [name, text] of query) {
    if (name in values)
      throw new Problem('field-unexpected', `${quote(name)}: expected once, got twice. Send each field once.`);
    if (numbers.includes(name) && /^\d{1,9}$/.test(text)) values[name] = Number(text);
    else values[name] = objects.includes(name) ? jsonOr(text) : text;
  }
  return checkFields(schema, values, fields);
}

/** What is no JSON stays text, which the schema refuses in its own words. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
