using ProactiveCare.Storage;
using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Tests.Storage.PostgreSql;

public sealed class PostgresTextTests
{
    [Theory]
    [InlineData("SELECT 1 WHERE 2>@a AND 3 = @b AND 4 = @a", "a b")]
    [InlineData("SELECT '@a', \"@b\", $$@c$$, $t$@d$$@e$t$ -- @f\n /* @g /* @h */ @i */ , @j", "j")]
    [InlineData("SELECT data::jsonb @> @a::jsonb, x <@ y, @ -5, v @@ q, v @@to_tsquery('x')", "a")]
    [InlineData("SELECT 'it''s @a', 'b\\', @c", "c")]
    [InlineData("SELECT x[@i], a.b#>>'{@j}'", "i")]
    public void Names_are_found_outside_of_texts_names_and_comments(string sql, string names) =>
        Assert.Equal(names, string.Join(' ', PostgresText.Of(sql).Parameters));

    [Theory]
    [InlineData("SELECT pg_sleep(1)", "pg_sleep")]
    [InlineData("SELECT PG_Sleep /* a */ -- b\n (1)", "pg_sleep")]
    [InlineData("SELECT pg_catalog.\"pg_sleep\" (1)", "pg_sleep")]
    [InlineData("SELECT \"a\"\"b\"(1)", "a\"b")]
    [InlineData("SELECT 1pg_sleep(1)", "pg_sleep")]
    [InlineData("SELECT 'pg_sleep(1)' || f(1)", "f")]
    public void Calls_are_found_in_any_spelling(string sql, string name) =>
        Assert.Equal([name], PostgresText.Of(sql).Calls);

    [Fact]
    public void Number_is_separated_from_adjacent_tokens() =>
        Assert.Equal("SELECT 1 $1  FROM t", PostgresText.Of("SELECT 1@a FROM t;\n -- end").Sql);

    [Theory]
    [InlineData("DELETE FROM t", "more than read")]
    [InlineData("COPY t TO STDOUT", "more than read")]
    [InlineData("SET ROLE owner", "more than read")]
    [InlineData("DO $$BEGIN END$$", "more than read")]
    [InlineData("", "more than read")]
    [InlineData("SELECT 1; SELECT 2", "more than one statement")]
    [InlineData("SELECT $1", "@name")]
    [InlineData("SELECT E'\\'' , pg_sleep(1), '", "hides where it ends")]
    [InlineData("SELECT U&\"pg\\005fsleep\"(1)", "hides what it says")]
    [InlineData("SELECT 'abc", "has no end")]
    [InlineData("SELECT $a$ $b$", "has no end")]
    [InlineData("SELECT /* /* */ 1", "has no end")]
    public void Text_other_than_one_analysable_select_is_refused(string sql, string word) =>
        Assert.Contains(word, Assert.Throws<QueryException>(() => PostgresText.Of(sql)).Message);
}
