/** The articles of a selection, fetched page by page as they are looked at. */

import { failureOf } from "../../lib/ipc";
import type { Article } from "../../lib/ipc/bindings/Article";
import type { ArticleFilter } from "../../lib/ipc/bindings/ArticleFilter";
import type { Failure } from "../../lib/ipc/bindings/Failure";
import { askTable } from "../../lib/state/openTable";

/** Articles a page. */
const PAGE = 50;

/** Everything. */
export const NO_FILTER: ArticleFilter = { finding: null, label: null, search: "" };

/** The articles that a filter selects. */
export class ArticlePages {
  /** How many there are; nothing before that is known. */
  total = $state<number | null>(null);
  /** Why they could not be listed. */
  failure = $state.raw<Failure | null>(null);

  private articles = $state.raw<ReadonlyMap<number, Article>>(new Map());
  private asked = new Set<number>();
  private filter: ArticleFilter = NO_FILTER;
  private turn = 0;

  /** Selects anew and fetches the first page. */
  async select(filter: ArticleFilter): Promise<void> {
    this.turn += 1;
    this.filter = filter;
    this.asked.clear();
    this.articles = new Map();
    this.failure = null;
    await this.fetch(0);
  }

  /** The article of a place in the selection; nothing as long as it is not there. */
  at(place: number): Article | null {
    return this.articles.get(place) ?? null;
  }

  /** Fetches what is missing between two places, the second left out. */
  async need(first: number, end: number): Promise<void> {
    if (this.total === null || end <= first) return;
    const pages: Promise<void>[] = [];
    for (let page = Math.floor(first / PAGE); page * PAGE < end; page += 1) {
      if (!this.asked.has(page)) pages.push(this.fetch(page));
    }
    await Promise.all(pages);
  }

  private async fetch(page: number): Promise<void> {
    const turn = this.turn;
    this.asked.add(page);
    try {
      const found = await askTable({
        kind: "listArticles",
        filter: this.filter,
        offset: page * PAGE,
        limit: PAGE,
      });
      if (turn !== this.turn) return;
      this.total = found.total;
      const all = new Map(this.articles);
      for (const [at, article] of found.articles.entries()) all.set(page * PAGE + at, article);
      this.articles = all;
    } catch (error) {
      if (turn !== this.turn) return;
      this.asked.delete(page);
      this.failure = failureOf(error);
    }
  }
}
