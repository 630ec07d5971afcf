import { definePlugin, type Handler, token } from '@waybill/core';
import { ContainerModule, inject, injectable } from 'inversify';
import { z } from 'zod';

/** What the handler needs, and does not make itself. */
export interface ExchangeRates {
  rate(from: string, to: string): Promise<number>;
}
export const exchangeRates = token<ExchangeRates>('ExchangeRates');

const input = z.object({ amount: z.number(), from: z.string(), to: z.string() });
const output = z.object({ amount: z.number() });

@injectable()
export class Convert implements Handler<typeof input, typeof output> {
  readonly topic = 'money.convert';
  readonly input = input;
  readonly output = output;
  readonly #rates: ExchangeRates;

  constructor(@inject(exchangeRates) rates: ExchangeRates) {
    this.#rates = rates;
  }

  async run({ amount, from, to }: z.output<typeof input>): Promise<z.input<typeof output>> {
    return { amount: amount * (await this.#rates.rate(from, to)) };
  }
}

const fixedRates = new ContainerModule(({ bind }) => {
  bind<ExchangeRates>(exchangeRates).toConstantValue({ rate: async () => 1.25 });
});

export default definePlugin({ name: 'money', handlers: [Convert], modules: [fixedRates] });
