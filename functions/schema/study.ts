/** What POST /v1/study takes, as zod schemas. */
import * as z from 'zod';
import { STUDY_CHOICES } from '../../index/format/study.ts';

/** Answers of one request: what the page gathered while it was offline. */
export const MAX_STUDY_ANSWERS = 100;

const answer = z.strictObject({
  item: z
    .string()
    .regex(/^c\d{1,6}$/)
    .describe('The comparison.'),
  choice: z.enum(STUDY_CHOICES).describe('a, b: that one suits the clip better. both suit it, or neither does.'),
  at: z.iso
    .datetime({ offset: true })
    .describe('When it was given. Of two answers to one comparison the later counts.'),
});

export const studyBody = z
  .strictObject({
    study: z.string().regex(/^[0-9a-f]{12}$/),
    participant: z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .describe("A random number that keeps one person's answers together. Not a person's name."),
    answers: z.array(answer).min(1).max(MAX_STUDY_ANSWERS),
  })
  .meta({ id: 'StudyAnswers' });

export const studyAccepted = z
  .object({ accepted: z.int().min(1).describe('Answers that were kept.') })
  .meta({ id: 'StudyAccepted' });
export type StudyAccepted = z.infer<typeof studyAccepted>;
