// What a deployment's proposal consists of, as fields of forms.

const BUDGETS = [
  { value: "lists", label: "as the watchlists have it" },
  { value: "false_alerts_per_day", label: "false alerts a day" },
  { value: "fpir", label: "a share of strangers" },
];

/** The fields, with the cameras and watchlists to choose among. */
export function planFields(cameras, lists) {
  return [
    { name: "purpose", label: "Purpose", type: "textarea", required: true, help: "Why is watched; it stands in the report that may be published.", attributes: { maxlength: 2000, rows: 2 } },
    { name: "place", label: "Place", required: true, attributes: { maxlength: 2000 } },
    { name: "legal_basis", label: "Legal basis", type: "textarea", required: true, help: "What allows it.", attributes: { maxlength: 2000, rows: 2 } },
    { name: "starts_at", label: "From", type: "datetime", required: true, help: "Your local time." },
    { name: "ends_at", label: "Until", type: "datetime", required: true, help: "It ends by itself then; at most 90 days." },
    { name: "cameras", label: "Cameras", type: "checks", required: true, options: cameras.map((one) => ({ value: one.id, label: one.setup.name || one.id })) },
    { name: "watchlists", label: "Watchlists", type: "checks", required: true, options: lists },
    { name: "budget", label: "Budget of false alerts", type: "select", required: true, options: BUDGETS, help: "Of each of its watchlists." },
    { name: "number", label: "Number of that budget", type: "number", help: "False alerts a day, or a share such as 0.001; empty where the watchlists have it." },
    { name: "keep_unconfirmed_days", label: "Days until unconfirmed alerts are deleted", type: "number", required: true, help: "Whole days after its end, 0 to 31.", attributes: { min: 0, max: 31, step: 1 } },
  ];
}

/** A plan as the server takes it. */
export function planOf({ budget, number, ...plan }) {
  return { ...plan, false_alerts_per_day: null, fpir: null, ...(budget === "lists" ? {} : { [budget]: number }) };
}

/** A plan as the fields hold it. */
export function planShown({ false_alerts_per_day, fpir, ...plan }) {
  const budget = fpir !== null ? "fpir" : false_alerts_per_day !== null ? "false_alerts_per_day" : "lists";
  return { ...plan, budget, number: fpir ?? false_alerts_per_day };
}
