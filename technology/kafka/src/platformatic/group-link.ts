import {
  findCoordinatorV4,
  heartbeatV4,
  joinGroupV7,
  leaveGroupV5,
  offsetCommitV8,
  syncGroupV5,
} from '@platformatic/kafka';
import { errorCode, isPassing } from '../error-code.ts';
import type {
  Committed,
  GroupLink,
  GroupOutcome,
  GroupShare,
  Joined,
  JoinRequest,
  Membership,
} from '../kafka-client.ts';
import { Passing } from '../patiently.ts';
import { refusal } from '../translate-error.ts';
import type { Cluster } from './cluster.ts';
import { type Address, ConnectionLane } from './connection-lane.ts';
import { fromAssignment, fromSubscription, toAssignment, toSubscription } from './consumer-protocol.ts';

type Failure = Exclude<GroupOutcome, 'ok'>;

const protocolType = 'consumer';
const protocol = 'waybill';
const notYet = -1;

/** A join waits until all others have joined, so that it has a connection of its own. */
export class PlatformaticGroupLink implements GroupLink {
  readonly #cluster: Cluster;
  readonly #groupId: string;
  readonly #joins: ConnectionLane;
  readonly #others: ConnectionLane;
  #coordinator: Address | undefined;

  constructor(cluster: Cluster, groupId: string) {
    this.#cluster = cluster;
    this.#groupId = groupId;
    this.#joins = new ConnectionLane(cluster.options);
    this.#others = new ConnectionLane(cluster.options);
  }

  async join({ memberId, topics, about, sessionMs, rebalanceMs }: JoinRequest): Promise<Joined | Failure> {
    const protocols = [{ name: protocol, metadata: toSubscription(topics, about) }];
    const response = await this.#ask(
      this.#cluster.deadline(rebalanceMs + this.#cluster.options.requestMs),
      (node, deadline) => {
        const args: Parameters<typeof joinGroupV7.createRequest> = [
          this.#groupId,
          sessionMs,
          rebalanceMs,
          memberId,
          null,
          protocolType,
          protocols,
        ];
        return this.#joins.call(node, joinGroupV7.api, args, { deadline, changes: false });
      },
    );
    if (response.errorCode === errorCode.memberIdRequired)
      return { memberId: response.memberId, generation: notYet, members: undefined };
    if (response.errorCode !== errorCode.none) return failureOf(response.errorCode);
    const leads = response.leader === response.memberId;
    return {
      memberId: response.memberId,
      generation: response.generationId,
      members: leads
        ? response.members.map((each) => ({
            memberId: each.memberId,
            about: fromSubscription(each.metadata),
          }))
        : undefined,
    };
  }

  async sync(
    { memberId, generation }: Membership,
    shares: ReadonlyMap<string, GroupShare>,
  ): Promise<Buffer | Failure> {
    const assignments = [...shares].map(([id, share]) => ({
      memberId: id,
      assignment: toAssignment(share),
    }));
    const response = await this.#ask(this.#cluster.deadline(), (node, deadline) => {
      const args: Parameters<typeof syncGroupV5.createRequest> = [
        this.#groupId,
        generation,
        memberId,
        null,
        protocolType,
        protocol,
        assignments,
      ];
      return this.#joins.call(node, syncGroupV5.api, args, { deadline, changes: false });
    });
    if (response.errorCode !== errorCode.none) return failureOf(response.errorCode);
    return fromAssignment(response.assignment);
  }

  async heartbeat({ memberId, generation }: Membership): Promise<GroupOutcome> {
    const { errorCode: code } = await this.#ask(this.#cluster.deadline(), (node, deadline) =>
      this.#others.call(node, heartbeatV4.api, [this.#groupId, generation, memberId, null], {
        deadline,
        changes: false,
      }),
    );
    return code === errorCode.none ? 'ok' : failureOf(code);
  }

  async leave(memberId: string): Promise<void> {
    const members = [{ memberId, groupInstanceId: null, reason: null }];
    await this.#ask(this.#cluster.deadline(), (node, deadline) =>
      this.#others.call(node, leaveGroupV5.api, [this.#groupId, members], { deadline, changes: false }),
    );
  }

  async commit({ memberId, generation }: Membership, commits: readonly Committed[]): Promise<GroupOutcome> {
    const topics = [...new Set(commits.map(({ topic }) => topic))].map((name) => ({
      name,
      partitions: commits
        .filter(({ topic }) => topic === name)
        .map(({ partition, offset, note }) => ({
          partitionIndex: partition,
          committedOffset: BigInt(offset),
          committedLeaderEpoch: -1,
          committedMetadata: note,
        })),
    }));
    const code = await this.#ask(this.#cluster.deadline(), async (node, deadline) => {
      const args: Parameters<typeof offsetCommitV8.createRequest> = [
        this.#groupId,
        generation,
        memberId,
        null,
        topics,
      ];
      const response = await this.#others.call(node, offsetCommitV8.api, args, { deadline, changes: false });
      const codes = response.topics.flatMap(({ partitions }) => partitions.map((each) => each.errorCode));
      return { errorCode: codes.find((each) => each !== errorCode.none) ?? errorCode.none };
    });
    return code.errorCode === errorCode.none ? 'ok' : failureOf(code.errorCode);
  }

  close(): Promise<void> {
    this.#joins.close();
    this.#others.close();
    return Promise.resolve();
  }

  /** Asks the coordinator, wherever it is by now. */
  #ask<Response extends { readonly errorCode: number }>(
    deadline: number,
    request: (node: Address, deadline: number) => Promise<Response>,
  ): Promise<Response> {
    return this.#cluster.patiently(deadline, async () => {
      const node = (this.#coordinator ??= await this.#find(deadline));
      const response = await request(node, deadline).catch((error: unknown) => {
        if (error instanceof Passing) this.#coordinator = undefined;
        throw error;
      });
      if (isPassing(response.errorCode)) {
        this.#coordinator = undefined;
        throw new Passing(refusal(response.errorCode, this.#groupId));
      }
      if (isRefusal(response.errorCode)) throw refusal(response.errorCode, this.#groupId);
      return response;
    });
  }

  #find(deadline: number): Promise<Address> {
    return findCoordinator(this.#cluster, this.#groupId, deadline);
  }
}

/** Throws a `Passing` failure while there is none. */
export const findCoordinator = async (
  cluster: Cluster,
  groupId: string,
  deadline: number,
): Promise<Address> => {
  const response = await cluster.call(cluster.any(), findCoordinatorV4.api, [0, [groupId]], {
    deadline,
    changes: false,
  });
  const found = response.coordinators[0];
  if (found === undefined) throw new Passing(refusal(errorCode.coordinatorNotAvailable, groupId));
  if (isPassing(found.errorCode)) throw new Passing(refusal(found.errorCode, groupId));
  if (found.errorCode !== errorCode.none) throw refusal(found.errorCode, groupId);
  return { host: found.host, port: found.port };
};

const failures: ReadonlyMap<number, Failure> = new Map([
  [errorCode.illegalGeneration, 'lost'],
  [errorCode.unknownMember, 'lost'],
  [errorCode.fencedInstance, 'lost'],
  [errorCode.rebalanceInProgress, 'rejoin'],
]);

const isRefusal = (code: number): boolean =>
  code !== errorCode.none && code !== errorCode.memberIdRequired && !failures.has(code);

const failureOf = (code: number): Failure => failures.get(code) ?? 'lost';
