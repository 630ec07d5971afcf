import type { ChannelCapabilities, Subscription } from '../channel.ts';
import { PayloadError, UnsupportedError } from '../errors.ts';
import { checkText } from './check-text.ts';
import { type SubjectPattern, subjectPattern } from './subject-pattern.ts';

/**
 * The pattern of a subscription. Throws a `PayloadError` for one that no channel could serve, and an
 * `UnsupportedError` for one that begins before now on a channel without replay.
 */
export const checkSubscription = (
  { subject, group, from = 'now' }: Subscription,
  { replay }: Pick<ChannelCapabilities, 'replay'>,
): SubjectPattern => {
  const pattern = subjectPattern(subject);
  if (group !== undefined) checkText(group, 'name of a group', longestGroup);
  if (from === 'now') return pattern;
  if (group !== undefined)
    throw new PayloadError('a group cannot choose where it begins', { fix: 'leave out `from` or `group`' });
  if (!replay)
    throw new UnsupportedError('this channel cannot begin before now', {
      fix: 'leave out `from`, or use a channel that declares `replay`',
    });
  if (from !== 'start' && typeof from?.after !== 'string') throw notACursor();
  return pattern;
};

/** For an `after` that this channel did not make. */
export const notACursor = (cause?: unknown): PayloadError =>
  new PayloadError('`after` is not a cursor of this channel', {
    cause,
    fix: 'pass the `cursor` of a message',
  });

const longestGroup = 255;
