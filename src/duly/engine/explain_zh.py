"""What an explanation says, in Chinese."""

NAMES = {"principal": "本金", "interest": "利息", "penalty": "罚息", "fee": "费用"}
ROUNDING = {0: "四舍六入五成双", 1: "四舍五入", 2: "向上取整", 3: "向下取整"}

PIECE = "{base} × {rate} × {fraction} = {amount}"
ROUNDED = "{piece}（{rounding}）"
TOTAL = "{pieces}；合计 {amount}"
BEFORE = "{formula}；另加本期先前已计的 {amount}"
COUNTED = "{formula}；减去此前已计的 {amount}"
CARRIED = "{formula}；另加前期结转的 {amount}"
REST = "{formula}；含此前不足一分的尾数"
CAPPED = "{formula}；受上限所限，计 {amount}"
AND = "；"
SPAN = "{start} 至 {end}"

SENTENCES = {
    "disbursed": "发放贷款 {amount}。",
    "drawn": "再次提款 {amount}。",
    "interest_due": "第 {number} 期（{due_on} 到期）利息，{span}：{formula}。",
    "interest_due_plain": "第 {number} 期（{due_on} 到期）利息，按还款计划为 {amount}。",
    "interest_days": "利息，{span}：{formula}。",
    "interest_plain": "截至当日的利息 {amount}。",
    "penalty": "第 {number} 期（{due_on} 到期）罚息，{span}：{formula}。",
    "penalty_plain": "截至当日的罚息 {amount}。",
    "fee_upfront": "放款时收取费用 {amount}。",
    "fee_early": "提前还款手续费 {amount}。",
    "fee_settling": "结清时一并收取的费用 {amount}。",
    "fee_late": "第 {number} 期（{due_on} 到期）未还，收取滞纳金 {amount}。",
    "fee_due": "第 {number} 期费用于 {due_on} 到期：{amount}。",
    "fee_charged": "收取费用 {amount}。",
    "fell_away": "{name} {amount} 不再收取。",
    "carried": "{name} {amount} 转入新的还款计划。",
    "brought": "{name} {amount} 因此到期。",
    "received": "还款：{amount} 冲抵第 {number} 期（{due_on} 到期）{name}。",
    "received_ahead": "还款：{amount} 冲抵尚未到期的{name}。",
    "received_whole": "还款：{amount} 冲抵{name}。",
    "withheld": "{name} {amount} 从放款中扣除。",
    "received_settling": "还款：{amount} 冲抵{name}，贷款就此结清。",
    "moved": "贷款撤销：已收{name} {amount} 改计为归还本金。",
    "moved_in": "贷款撤销：先前收到的 {amount} 计为归还本金。",
    "waived": "减免：第 {number} 期（{due_on} 到期）{name} {amount}。",
    "waived_whole": "减免：{name} {amount}。",
    "waived_undone": "贷款撤销：{name} {amount} 的减免不再计算。",
    "written_off": "核销：{name} {amount}。",
    "capitalised": "{name} {amount} 转入本金。",
    "capitalised_in": "{name} {amount} 转入本金。",
    "capitalised_undone": "贷款撤销：{name} {amount} 不再计入本金。",
    "overpaid": "多付款项 {amount} 记为溢缴款。",
    "credit_used": "使用溢缴款 {amount}。",
    "refunded": "退还溢缴款 {amount}。",
    "recovered": "核销后收回 {amount}。",
    "suspended": "逾期过久：{name} {amount} 暂不计为收入。",
    "resumed": "{name} {amount} 重新计为收入，或已收到。",
    "to_come": "第 {number} 期（{due_on} 到期）尚未产生的{name}：{amount}。",
    "to_come_ahead": "第 {number} 期（{due_on} 到期）除已计部分外，尚未产生的{name}：{amount}。",
}
