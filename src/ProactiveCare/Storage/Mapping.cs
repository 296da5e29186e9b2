using System.Data;
using System.Reflection;

namespace ProactiveCare.Storage;

/// <summary>Configures Dapper's column forms of the product's types, and records built by their constructor.</summary>
internal static class Mapping
{
    private static int registered;

    public static void Register()
    {
        if (Interlocked.Exchange(ref registered, 1) == 1) return;
        SqlMapper.AddTypeHandler(
            new Handler<Instant>(i => i.ToUnixTimeMilliseconds(), v => Instant.FromUnixTimeMilliseconds((long)v)));
        // Columns hold 0 and 1; PostgreSQL returns true and false for comparisons.
        SqlMapper.RemoveTypeMap(typeof(bool));
        SqlMapper.AddTypeHandler(new Handler<bool>(b => b ? 1L : 0L, v => v as bool? ?? (long)v != 0));
        SqlMapper.AddTypeHandler(new Handler<Currency>(c => c.Code, v => Currency.Of((string)v)));
        Text(id => id.Value, v => new CustomerId(v));
        Text(id => id.Value, v => new PurchaseId(v));
        Text(id => id.Value, v => new JobId(v));
        Text(id => id.Value, v => new JobVersion(v));
        Number(id => id.Value, v => new ActorId(v));
        Number(id => id.Value, v => new RunId(v));
        Number(id => id.Value, v => new CaseId(v));
        Number(id => id.Value, v => new CreditId(v));
        Number(id => id.Value, v => new NoticeId(v));
        Number(id => id.Value, v => new EntryId(v));
        foreach (var type in Codes.Types) SqlMapper.AddTypeHandler(type, new CodeHandler());
        SqlMapper.TypeMapProvider = type => IsRecord(type) ? new RecordMap(type) : new DefaultTypeMap(type);
    }

    private static void Text<T>(Func<T, string> write, Func<string, T> read) where T : struct =>
        SqlMapper.AddTypeHandler(new Handler<T>(write, v => read((string)v)));

    private static void Number<T>(Func<T, long> write, Func<long, T> read) where T : struct =>
        SqlMapper.AddTypeHandler(
            new Handler<T>(id => write(id), v => read(Convert.ToInt64(v, CultureInfo.InvariantCulture))));

    // A positional record has no constructor without parameters; all other types use Dapper's default mapping.
    private static bool IsRecord(Type type) =>
        type is { IsClass: true, IsArray: false }
        && type.GetMethod("<Clone>$") is not null
        && type.GetConstructor(Type.EmptyTypes) is null;

    private sealed class Handler<T>(Func<T, object> write, Func<object,
        T> read) : SqlMapper.TypeHandler<T> where T : struct
    {
        public override T Parse(object value) => read(value);

        public override void SetValue(IDbDataParameter parameter, T value) => parameter.Value = write(value);
    }

    private sealed class CodeHandler : SqlMapper.ITypeHandler
    {
        public object Parse(Type destinationType, object value) => Codes.Parse(destinationType, (string)value);

        public void SetValue(IDbDataParameter parameter, object value) =>
            parameter.Value = value is Code code ? code.Text : DBNull.Value;
    }

    // Dapper matches a constructor by the exact types of the first row, which are a guess for a NULL or an expression.
    private sealed class RecordMap(Type type) : SqlMapper.ITypeMap
    {
        private readonly ConstructorInfo constructor = type.GetConstructors().MaxBy(c => c.GetParameters().Length)!;
        private readonly DefaultTypeMap byName = new(type);

        // Values are pushed in the order of the columns, so that order has to be the constructor's.
        public ConstructorInfo FindConstructor(string[] names, Type[] types)
        {
            var parameters = constructor.GetParameters().Select(p => p.Name!);
            return names.Select(Plain).SequenceEqual(parameters, StringComparer.OrdinalIgnoreCase)
                ? constructor
                : throw new InvalidOperationException(
                    $"{type.Name} is made of ({string.Join(", ", parameters)}), not of ({string.Join(", ", names)}).");
        }

        public ConstructorInfo? FindExplicitConstructor() => null;

        public SqlMapper.IMemberMap? GetConstructorParameter(ConstructorInfo constructor, string columnName) =>
            byName.GetConstructorParameter(constructor, Plain(columnName));

        public SqlMapper.IMemberMap? GetMember(string columnName) => byName.GetMember(columnName);

        private static string Plain(string column) => column.Replace("_", "", StringComparison.Ordinal);
    }
}
