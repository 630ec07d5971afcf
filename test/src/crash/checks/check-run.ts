import type { FinalState } from '../final-state.ts';
import { checkAnswers } from './answers.ts';
import { checkAttempts } from './attempts.ts';
import { checkDocuments } from './documents.ts';
import { checkEffects } from './effects.ts';
import { checkFamilies } from './families.ts';
import { checkMessages } from './messages.ts';

/** What a run that has come to rest must look like. Answers every way in which it does not. */
export const checkRun = (state: FinalState): readonly string[] => [
  ...checkAnswers(state),
  ...checkAttempts(state),
  ...checkDocuments(state),
  ...checkEffects(state),
  ...checkFamilies(state),
  ...checkMessages(state),
];
