import type { FinalState } from '../final-state.ts';
import { planOf } from '../workload/plan.ts';
import { nameTask } from './name-task.ts';

/** Documents show all of what completed tasks did, once, and nothing of any other. */
export const checkDocuments = (state: FinalState): string[] => [
  ...checkMarks(state),
  ...checkAccounts(state),
  ...checkTwins(state),
];

const checkMarks = ({ tasks, marks }: FinalState): string[] => [
  ...[...tasks.values()].flatMap((task) => {
    const count = marks.get(task.id)?.count ?? 0;
    const expected = task.phase === 'completed' ? 1 : 0;
    const answered = task.result === undefined ? 0 : 1;
    return [
      ...(count === expected ? [] : [`${nameTask(task)} has committed ${count} times`]),
      ...(answered === expected ? [] : [`${nameTask(task)} has ${answered} results`]),
    ];
  }),
  ...[...marks.keys()]
    .filter((id) => !tasks.has(id))
    .map((id) => `there is a mark of ${id}, and no such task`),
];

/** Transfers commute: whatever the order was, the balances are the sums of what the completed tasks moved. */
const checkAccounts = ({ tasks, accounts }: FinalState): string[] => {
  const expected = new Map<string, number>();
  const add = (id: string, change: number): unknown => expected.set(id, (expected.get(id) ?? 0) + change);
  for (const task of tasks.values()) {
    if (task.phase !== 'completed') continue;
    for (const step of planOf(task).steps) {
      if (step.do !== 'transfer') continue;
      add(step.from, -step.amount);
      add(step.to, step.amount);
    }
  }
  return [...new Set([...expected.keys(), ...accounts.keys()])].flatMap((id) => {
    const [is, should] = [accounts.get(id)?.balance ?? 0, expected.get(id) ?? 0];
    return is === should ? [] : [`account ${id} holds ${is} instead of ${should}`];
  });
};

const checkTwins = ({ tasks, twins }: FinalState): string[] =>
  [...new Set([...twins.keys()].map((id) => id.replace(/-(left|right)$/, '')))].flatMap((name) => {
    const [left, right] = [twins.get(`${name}-left`)?.by, twins.get(`${name}-right`)?.by];
    if (left !== right) return [`the twins ${name} are torn: ${left} and ${right}`];
    return left === undefined || tasks.get(left)?.phase === 'completed'
      ? []
      : [`the twins ${name} are of ${left}, which has not completed`];
  });
