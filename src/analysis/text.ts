import { headline as finding, headlineText } from "../diagnosis/headline.js";
import type { Plan } from "../plan/plan.js";
import type { Analysis } from "./analyse.js";
import { fiveQuestions as answers, fiveQuestionsText } from "./five-questions.js";

/** The one thing that the data have to say, in a line of Markdown. */
export const headline = ({ diagnosis }: Analysis): string => `**${headlineText(finding(diagnosis))}.**`;

/** The five questions of a Monday morning with their answers, as a list in Markdown. */
export const fiveQuestions = ({ diagnosis }: Analysis, plan: Plan): string =>
  fiveQuestionsText(answers(diagnosis, plan));
