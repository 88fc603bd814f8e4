/**
 * Filters as they come in a request, and what GET /v1/filters says can be asked for: zod schemas, which check requests and
 * write /openapi.json.
 *
 * The shape and its limits stand here. Whether the catalogue has such a field, and whether it can hold such a value, is found
 * out by index/search/filter.ts, which also says what a filter means.
 */
import * as z from 'zod';
import { MAX_TEXT_LENGTH as LONGEST_TEXT } from '../../index/format/catalogue.ts';

/** Fields asked of in one request. */
export const MAX_CONDITIONS = 16;
/** Values of one `in`. */
export const MAX_VALUES = 100;

const VALUE = `a text of 1 to ${LONGEST_TEXT} characters, a number, true or false`;
const ASKED = `eq, in (1 to ${MAX_VALUES} values) or range (min, max)`;

const EACH = `expected 1 to ${MAX_VALUES} values`;

const value = z
  .union([z.string().min(1).max(LONGEST_TEXT), z.number(), z.boolean()], { error: `expected ${VALUE}` })
  .describe('Text is compared without regard to case; numbers exactly.')
  .meta({ id: 'FilterValue' });

const notEmpty = (what: string) =>
  [(asked: object) => Object.keys(asked).length > 0, { error: `expected ${what}` }] as const;

const asked = {
  eq: value.optional().describe('This value.'),
  in: z
    .array(value)
    .min(1, { error: EACH })
    .max(MAX_VALUES, { error: EACH })
    .optional()
    .describe('One of these values.'),
  range: z
    .strictObject({ min: z.number().optional(), max: z.number().optional() })
    .refine(...notEmpty('min, max or both'))
    .meta({ minProperties: 1 })
    .optional()
    .describe('A number between these, ends included; without one of them, without that end.'),
};

const condition = z
  .union(
    [
      value,
      z
        .strictObject({
          ...asked,
          not: z
            .union(
              [
                value,
                z
                  .strictObject(asked)
                  .refine(...notEmpty(ASKED))
                  .meta({ minProperties: 1 }),
              ],
              { error: `expected ${VALUE}, or an object of ${ASKED}` },
            )
            .optional()
            .describe('Not this value, or not all that this object asks. A track without a value matches.'),
        })
        .refine(...notEmpty(`${ASKED} or not`))
        .meta({ minProperties: 1 }),
    ],
    { error: `expected ${VALUE}, or an object of ${ASKED} and not` },
  )
  .describe('A value is short for {"eq": value}. Of an object, all that is given must hold.')
  .meta({ id: 'FilterCondition' });

const conditions = z
  .record(z.string().min(1).max(LONGEST_TEXT), condition, { error: 'expected an object of conditions by field' })
  .refine((fields) => Object.keys(fields).length <= MAX_CONDITIONS, {
    error: `expected at most ${MAX_CONDITIONS} fields`,
  })
  .describe(
    'Which tracks may be answered, decided before ranking: conditions by field, all of which must hold. GET /v1/filters lists the fields of the index: tags, genre, bpm, key, durationMs, instrumental, explicit, licence, territory, artist, album, and those of the library itself. An artist is asked for by name; a track may have several. A field with several values holds when one of them does. A track without a value matches only `not`; but a track that lists no territories is licensed everywhere.',
  )
  .meta({
    id: 'Filters',
    maxProperties: MAX_CONDITIONS,
    examples: [
      { tags: { in: ['calm', 'warm'], not: 'vocals' }, bpm: { range: { min: 90, max: 110 } }, territory: 'DE' },
    ],
  });

/** A record is checked member by member, and its size after them all. */
const isOverfull = (fields: object): boolean => {
  let count = 0;
  for (const _ in fields) if (++count > MAX_CONDITIONS) return true;
  return false;
};

/** zod leaves a key of this name out without a word, and an answer would be less filtered than was asked. */
const PASSED_OVER = '__proto__';

export const filters = z.preprocess((given, context) => {
  if (typeof given !== 'object' || given === null) return given;
  if (isOverfull(given)) context.addIssue({ code: 'custom', message: `expected at most ${MAX_CONDITIONS} fields` });
  if (Object.hasOwn(given, PASSED_OVER))
    context.addIssue({ code: 'custom', message: 'expected fields of the catalogue', path: [PASSED_OVER] });
  return given;
}, conditions);

export const filtersQuery = z.strictObject({
  filters: filters
    .optional()
    .describe(
      'Count among the tracks that these accept, each field under those of the other fields: what one gets by choosing another value.',
    ),
});

const facet = z
  .object({
    field: z.string(),
    kind: z.enum(['text', 'list', 'number', 'boolean']).describe('What the field holds; a list holds texts.'),
    tracks: z.int().min(0).describe('Tracks that have a value.'),
    without: z.int().min(0).describe('Tracks that have none; of territory, those that are licensed everywhere.'),
    values: z
      .array(
        z.object({
          value: z.union([z.string(), z.boolean()]),
          tracks: z.int().min(1).describe('Tracks that a filter for this value alone accepts.'),
        }),
      )
      .optional()
      .describe('The most frequent values, equal counts by name; of numbers there are none.'),
    more: z.int().min(0).optional().describe('Values that are not listed.'),
    min: z.number().optional().describe('The smallest number.'),
    max: z.number().optional().describe('The largest number.'),
  })
  .meta({ id: 'Facet' });

export const filtersAnswer = z
  .object({
    indexVersion: z.string(),
    tracks: z.int().min(0).describe('Tracks of the index.'),
    matching: z.int().min(0).describe('Of those, how many the filters of the request accept; all without any.'),
    fields: z.array(facet),
  })
  .meta({ id: 'FiltersAnswer' });
export type FiltersAnswer = z.infer<typeof filtersAnswer>;
