namespace ProactiveCare.Storage.PostgreSql;

/// <summary>A foreign SELECT in PostgreSQL's dialect, with $1, $2 for its @names.</summary>
/// <param name="Sql">The statement, without a semicolon at its end.</param>
/// <param name="Parameters">The names of its parameters, in the order of their numbers.</param>
/// <param name="Calls">Every name before a parenthesis: the functions that it calls are among them.</param>
internal sealed record PostgresText(string Sql, IReadOnlyList<string> Parameters, IReadOnlyCollection<string> Calls)
{
    private static readonly string[] Beginnings = ["select", "with", "values", "table"];

    /// <exception cref="QueryException">It is no single SELECT, or its form cannot be analysed.</exception>
    public static PostgresText Of(string sql)
    {
        var scanner = new Scanner(sql);
        scanner.All();
        return Beginnings.Contains(scanner.First, StringComparer.Ordinal)
            ? new PostgresText(scanner.Sent.ToString(), scanner.Parameters, scanner.Calls)
            : throw new QueryException("The statement does more than read; a detector is one SELECT.");
    }

    // Where the server and this scanner could disagree on the end of a text, the statement is refused.
    private sealed class Scanner(string sql)
    {
        private int at;

        public StringBuilder Sent { get; } = new();

        public List<string> Parameters { get; } = [];

        public HashSet<string> Calls { get; } = new(StringComparer.Ordinal);

        public string? First { get; private set; }

        public void All()
        {
            string? name = null;
            while (at < sql.Length)
            {
                var from = at;
                if (Blank())
                {
                    Sent.Append(sql, from, at - from);
                    continue;
                }
                if (sql[at] == '(' && name is not null) Calls.Add(name);
                if (sql[at] == ';')
                {
                    at++;
                    while (Blank()) { }
                    if (at < sql.Length)
                        throw new QueryException("There is more than one statement; a detector is one SELECT.");
                    return;
                }
                name = Token();
            }
        }

        /// <returns>The name if the token is one; otherwise null.</returns>
        private string? Token()
        {
            var from = at;
            var c = sql[at++];
            if (c == '@' && at < sql.Length && IsLetter(sql[at]) && !sql.AsSpan(0, from).EndsWith("@"))
            {
                while (at < sql.Length && IsPart(sql[at]) && sql[at] != '$') at++;
                // The spaces keep adjacent characters from joining it.
                Sent.Append(" $").Append(Number(sql[(from + 1)..at])).Append(' ');
                return null;
            }
            var name = c switch
            {
                '\'' => Through("'", "A text"),
                '"' => Quoted(),
                '$' => Dollars(),
                _ when IsLetter(c) => Word(from),
                _ => null,
            };
            Sent.Append(sql, from, at - from);
            return name;
        }

        private string Word(int from)
        {
            while (at < sql.Length && IsPart(sql[at])) at++;
            var word = sql[from..at].ToLowerInvariant();
            if (at < sql.Length && sql[at] == '\'' && word == "e")
                throw new QueryException("A text is written '…' and not E'…', which hides where it ends.");
            if (at + 1 < sql.Length && sql[at] == '&' && sql[at + 1] == '"' && word == "u")
                throw new QueryException("A name is written \"…\" and not U&\"…\", which hides what it says.");
            First ??= word;
            return word;
        }

        private string Quoted()
        {
            var name = new StringBuilder();
            do
            {
                var from = at;
                Through("\"", "A name");
                name.Append(sql, from, at - from - 1);
            }
            while (at < sql.Length && sql[at] == '"' && Append(name));
            First ??= "";
            return name.ToString();
        }

        private bool Append(StringBuilder name)
        {
            name.Append('"');
            at++;
            return true;
        }

        private string? Dollars()
        {
            var stop = at;
            while (stop < sql.Length && IsPart(sql[stop]) && sql[stop] != '$') stop++;
            if (stop > at && char.IsAsciiDigit(sql[at])) throw new QueryException("Parameters are written @name.");
            if (stop == sql.Length || sql[stop] != '$') return null;
            var tag = sql[(at - 1)..(stop + 1)];
            at = stop + 1;
            return Through(tag, "A text");
        }

        private string? Through(string end, string what)
        {
            var stop = sql.IndexOf(end, at, StringComparison.Ordinal);
            if (stop < 0) throw new QueryException($"{what} that begins with {end} has no end.");
            at = stop + end.Length;
            return null;
        }

        /// <returns>Whether white space or a comment was skipped; comments nest.</returns>
        private bool Blank()
        {
            if (at < sql.Length && sql[at] is (' ' or '\t' or '\n' or '\r' or '\f' or '\v'))
            {
                at++;
                return true;
            }
            if (sql.AsSpan(at).StartsWith("--"))
            {
                while (at < sql.Length && sql[at] is not ('\n' or '\r')) at++;
                return true;
            }
            if (!sql.AsSpan(at).StartsWith("/*")) return false;
            var depth = 0;
            do
            {
                var rest = sql.AsSpan(at);
                if (rest.IsEmpty) throw new QueryException("A comment that begins with /* has no end.");
                depth += rest.StartsWith("/*") ? 1 : rest.StartsWith("*/") ? -1 : 0;
                at += rest.StartsWith("/*") || rest.StartsWith("*/") ? 2 : 1;
            }
            while (depth > 0);
            return true;
        }

        private int Number(string name)
        {
            if (Parameters.IndexOf(name) is >= 0 and var known) return known + 1;
            Parameters.Add(name);
            return Parameters.Count;
        }

        private static bool IsLetter(char c) => char.IsAsciiLetter(c) || c is '_' or >= '\u0080';

        private static bool IsPart(char c) => IsLetter(c) || char.IsAsciiDigit(c) || c == '$';
    }
}
