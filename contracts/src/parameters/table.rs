//! The list of the governed parameters, one line each.

/// Hands the list of the governed parameters to the macro `$callback`, in the order in which
/// documents name them. A line has the field's name, as in the message, and then
///
/// - `number TYPE [default, min, max]` for a number, both bounds included, or
/// - `part TYPE` for a parameter that is a structure with rules of its own.
///
/// A bound may depend on another field of the proposed message, which is called `proposed`.
///
/// Code that needs every parameter, such as the form of a document or the command line, passes its own macro. A new
/// number then needs only a new line here:
///
/// ```
/// macro_rules! file {
///     ($proposed:ident; $( $name:ident:
///         $( number $number:ident [default $default:expr, min $min:expr, max $max:expr] )? $( part $part:ident )?;
///         $doc:literal;
///     )*) => {
///         /// The parameters that a file names.
///         #[derive(Default)]
///         struct ParametersFile {
///             $( $name: Option<$( $number )? $( $part )?>, )*
///         }
///
///         impl ParametersFile {
///             fn is_whole(&self) -> bool {
///                 $( self.$name.is_some() )&&*
///             }
///         }
///     };
/// }
///
/// // How this form has each part.
/// use piaolian_contracts::parameters::{AlertThresholds, FundRules};
/// type PaymentCodeDigits = u32;
///
/// piaolian_contracts::governed_parameters!(file);
/// assert!(!ParametersFile::default().is_whole());
/// ```
#[macro_export]
macro_rules! governed_parameters {
    ($callback:ident) => {
        $callback! {
            proposed;

            block_receipts_max: number u32 [default 2_000, min 1, max 10_000];
                "Receipts that one block issues, or alters by batches and claims.";
            heartbeat_ms: number u64 [default 3_000, min 1_000, max 60_000];
                "An empty block is made after this long without a transaction.";
            validity_ms_max: number u64 [default DAY_MS, min 60_000, max DAY_MS];
                "The furthest that `valid_until` may lie ahead of block time.";
            lease_ms_max: number u64 [default 30 * DAY_MS, min 60_000, max 90 * DAY_MS];
                "The longest claim lock.";
            issue_date_days_max: number u32 [default 1, min 0, max 31];
                "The most days that an issue date may differ from block time's Beijing date without a reason.";
            fund_rules: part FundRules;
                "What each kind of fund may reimburse.";
            clock_drift_ms_max: number u64 [default 2_000, min 100, max 60_000];
                "The furthest that a proposer's block time may lie ahead of a validator's clock at first sight.";
            line_tolerance_fen: number u32 [default 0, min 0, max 100];
                "The most that the sum of an item's detail lines may differ from the item, in fen.";
            retention_years: number u32 [default 30, min 10, max 100];
                "The fewest years that an archived receipt is kept from its issue date.";
            payment_code_digits: part PaymentCodeDigits;
                "The form of new payment codes.";
            decision_number_length_min: number u32 [default 15, min 15, max 20];
                "The shortest decision number of a new notice, in characters.";
            decision_number_length_max: number u32
                [default 20, min u64::from(proposed.decision_number_length_min), max 20];
                "The longest decision number of a new notice, in characters.";
            payment_report_days_max: number u32 [default 31, min 1, max 366];
                "The most days after a payment that its report is taken.";
            late_issue_days_max: number u32 [default 7, min 0, max 31];
                "The most days that an issue date may lie before block time's Beijing date if the issuer gives a reason.";
            policy_lead_days: number u32 [default 3, min 0, max 366];
                "The days before which a policy's version does not begin without finance's consent.";
            alerts: part AlertThresholds;
                "The thresholds at which supervision raises an alert.";
            bank_word_ms: number u64 [default 7 * DAY_MS, min 3_600_000, max 90 * DAY_MS];
                "How long a bank may leave a recalled or failed payout open before finance may end the wait.";
            entry_error_ms: number u64 [default 3 * DAY_MS, min 60_000, max 31 * DAY_MS];
                "How long after a booking by hand it may be taken back as entered in error.";
        }
    };
}

/// Hands the list of the alert thresholds, the fields of the parameter `alerts`, to the macro
/// `$callback`, as [`governed_parameters`] does. A line has the field's name and then
///
/// - `time TYPE [default]` for a time of day, `hhmm`,
/// - `limit TYPE [default, max]` for a limit that 0 switches off, or
/// - `count TYPE [default, max]` for a count that may be 0.
#[macro_export]
macro_rules! alert_thresholds {
    ($callback:ident) => {
        $callback! {
            hours_from: time u32 [default 0];
                "The Beijing time of day from which receipts are usually issued.";
            hours_to: time u32 [default 0];
                "The Beijing time of day up to which, not including it, receipts are usually issued.";
            hour_receipts_max: limit u64 [default 50_000, max 100_000_000];
                "Receipts that an issuer usually issues in a clock hour at most.";
            reversal_share_max: limit u32 [default 1_000, max 10_000];
                "The share of a day's receipts that an issuer usually reverses at most, in parts per 10,000.";
            reversals_min: count u64 [default 20, max 1_000_000];
                "The fewest reversals in a day that raise an alert.";
            verification_window_ms: limit u64 [default 86_400_000, max 31 * 86_400_000];
                "A reversal sooner than this after a noted verification is unusual.";
            amount_factor_max: limit u64 [default 100, max 1_000_000];
                "How many times the mean of its kind a receipt usually costs at most.";
            amount_receipts_min: count u64 [default 1_000, max 1_000_000];
                "The fewest receipts whose mean counts.";
            number_gap_max: limit u64 [default 1_000, max 10_000_000_000];
                "The most numbers that an issuer that names one usually leaves out.";
        }
    };
}
